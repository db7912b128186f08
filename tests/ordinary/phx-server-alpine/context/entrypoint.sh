#!/bin/sh
set -e
while ! pg_isready -q -h $PGHOST -p 5432 -U $PGUSER; do
  sleep 2
done
mix ecto.migrate
exec mix phx.server
