#!/bin/bash
set -e
rm -f /myapp/tmp/pids/server.pid
until pg_isready -h "$DB_HOST"; do sleep 1; done
bundle exec rails db:migrate
exec "$@"
