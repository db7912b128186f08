#!/usr/bin/env bash
set -euo pipefail
make migrate
exec poetry run uvicorn inventory.main:app --host 0.0.0.0 --port 8080
