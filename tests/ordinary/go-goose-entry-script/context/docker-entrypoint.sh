#!/bin/bash
set -e

until pg_isready -h "${DB_HOST:-db}" -q; do
  echo "waiting for postgres"
  sleep 1
done

goose -dir db/migrations postgres "$DATABASE_URL" up

exec "$@"
