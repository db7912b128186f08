#!/bin/sh
set -e
until diesel migration run; do
  echo "database not ready"
  sleep 2
done
exec ./target/release/todo
