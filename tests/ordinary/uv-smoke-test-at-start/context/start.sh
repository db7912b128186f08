#!/bin/sh
set -e
python -m pytest -q smoke
exec uvicorn service.main:app --host 0.0.0.0
