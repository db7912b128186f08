#!/bin/sh
python manage.py migrate --noinput
mysql --version 2>/dev/null || true
exec gunicorn shop.wsgi:application -b 0.0.0.0:8000 -w ${WORKERS:-3}
