#!/bin/bash
set -e
if [ "$APP_ENV" = "local" ] || [ ! -d vendor ]; then
  composer install --no-interaction
fi
php artisan migrate --force
exec "$@"
