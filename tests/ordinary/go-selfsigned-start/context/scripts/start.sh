#!/bin/sh
# make a certificate for the first start
mkdir -p tls
if [ ! -f tls/server.crt ]; then
    openssl req -x509 -newkey rsa:2048 -nodes -days 825 \
        -subj "/CN=$(hostname)" -keyout tls/server.key -out tls/server.crt
fi
exec bin/relay -config relay.toml
