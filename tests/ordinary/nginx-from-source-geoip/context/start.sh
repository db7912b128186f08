#!/bin/bash
set -e
export SERVER_NAME=${SERVER_NAME:-localhost}
if [ ! -f /opt/nginx/ssl/cert.pem ]; then
  mkdir -p /opt/nginx/ssl
  openssl req -x509 -nodes -newkey rsa:2048 -days 365 -subj "/CN=$SERVER_NAME" \
    -keyout /opt/nginx/ssl/key.pem -out /opt/nginx/ssl/cert.pem
fi
envsubst '$SERVER_NAME' < /opt/nginx/conf/nginx.conf.template > /opt/nginx/conf/nginx.conf
exec /opt/nginx/sbin/nginx -g 'daemon off;'
