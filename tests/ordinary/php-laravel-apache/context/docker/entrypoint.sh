#!/bin/bash
set -e
php artisan migrate --force
php artisan config:cache
exec docker-php-entrypoint "$@"
