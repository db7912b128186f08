#!/bin/sh
set -e
echo "running migrations"
npm run migration:run
exec "$@"
