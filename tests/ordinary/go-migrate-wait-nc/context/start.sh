#!/bin/sh
set -e
until nc -z "${DB_HOST:-db}" 5432; do sleep 1; done
goose -dir /srv/ledger/migrations postgres "$DATABASE_URL" up
if command -v dlv >/dev/null 2>&1; then
    exec dlv exec /usr/local/bin/ledger
fi
exec ledger
