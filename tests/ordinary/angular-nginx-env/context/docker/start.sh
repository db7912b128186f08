#!/bin/sh
set -e
: "${API_URL:=http://localhost:8080}"
export API_URL
envsubst < /opt/env.template.js > /var/lib/nginx/html/assets/env.js
exec nginx -g 'daemon off;'
