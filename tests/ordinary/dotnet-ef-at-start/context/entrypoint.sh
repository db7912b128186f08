#!/bin/bash
set -e
run_cmd="dotnet out/Shop.dll"
until dotnet ef database update; do
  >&2 echo "SQL Server is starting up"
  sleep 1
done
exec $run_cmd
