#!/bin/bash
set -e
rm -f tmp/pids/server.pid
bundle exec rake db:migrate
exec "$@"
