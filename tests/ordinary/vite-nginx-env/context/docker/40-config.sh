#!/bin/sh
echo "window.API='${PUBLIC_API:-/api}'" > /usr/share/nginx/html/config.js
