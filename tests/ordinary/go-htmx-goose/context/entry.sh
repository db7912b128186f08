#!/bin/bash
set -e
until pg_isready -d "$DATABASE_URL"; do sleep 1; done
goose -dir migrations postgres "$DATABASE_URL" up
exec "$@"
