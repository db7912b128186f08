#!/bin/bash
set -e
crond -b -l 8
exec "$@"
