#!/bin/sh
set -e
echo "waiting for ${DB_HOST:-db}"
while ! nc -z "${DB_HOST:-db}" 3306; do
  sleep 1
done
flask db upgrade
exec "$@"
