#!/usr/bin/env bash
set -euo pipefail
if [[ "$(id -u)" == 0 ]]; then
  chown -R links:links /data
  exec su-exec links "$@"
fi
exec "$@"
