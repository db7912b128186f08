#!/usr/bin/env bash
set -euo pipefail
if [ "$1" = "worker" ]; then
  poetry run alembic upgrade head
  exec poetry run billing-worker
fi
exec "$@"
