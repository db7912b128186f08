#!/bin/bash
set -e
export -p > /etc/backup.env
exec "$@"
