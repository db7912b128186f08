#!/bin/sh
dotnet-counters collect -p 1 --duration 00:00:30 -o /tmp/c.csv
curl -fsS -T /tmp/c.csv "$UPLOAD"
