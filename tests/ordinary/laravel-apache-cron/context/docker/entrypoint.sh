#!/bin/sh
set -e
service cron start
php artisan config:cache
php artisan migrate --force
exec docker-php-entrypoint "$@"
