#!/bin/bash
set -e
for f in hooks/*.sh; do . "$f"; done
goose -dir db/migrations postgres "$DATABASE_URL" up
exec "$@"
