#!/bin/sh
cd /srv/api
if [ "$RELOAD" = 1 ]; then set -- --reload; fi
exec uvicorn app.main:app --host 0.0.0.0 --port 80 "$@"
