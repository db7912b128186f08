#!/bin/sh
set -eu
envsubst < config.template.js > dist/config.js
exec "$@"
