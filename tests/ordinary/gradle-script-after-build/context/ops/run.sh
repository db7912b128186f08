#!/bin/bash
set -e
until curl -sf "$CONFIG_URL/health"; do sleep 1; done
unzip -o -q /data/bundle.zip -d /opt/orders/bundle || true
exec java $JAVA_OPTS -jar /opt/orders/orders.jar
