#!/bin/sh
set -e
until pg_isready -d "$DATABASE_URL"; do sleep 1; done
diesel migration run
exec inventory
