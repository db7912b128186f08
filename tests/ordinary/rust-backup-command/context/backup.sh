#!/bin/sh
# cron on the host: docker exec ledger backup
curl -fsS "http://localhost:8080/export" | gzip > /backup/$(date +%F).gz
