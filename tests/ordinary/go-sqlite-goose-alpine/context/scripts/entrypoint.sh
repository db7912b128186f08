#!/bin/bash
set -euo pipefail
goose -dir "$(dirname "$0")/../migrations" sqlite3 "$DB" up
exec "$@"
