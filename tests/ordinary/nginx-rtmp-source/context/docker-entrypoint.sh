#!/bin/sh
set -e
envsubst '${RTMP_PORT} ${HTTP_PORT}' < /etc/nginx/nginx.conf.template > /etc/nginx/nginx.conf
exec "$@"
