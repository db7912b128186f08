#!/bin/sh
until pg_isready -d "$DB_SOURCE"; do
  sleep 1
done
