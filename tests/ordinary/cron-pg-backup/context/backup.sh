#!/bin/bash
set -euo pipefail
f=/tmp/$(date +%F).sql.gz
pg_dump "$DATABASE_URL" | gzip > "$f"
gpg --batch --yes -r "$GPG_KEY" -e "$f"
aws s3 cp "$f.gpg" "s3://$BUCKET/"
rclone copy "$f.gpg" remote:backups
curl -fsS "$PING_URL"
rm -f "$f" "$f.gpg"
