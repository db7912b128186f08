#!/bin/sh
set -e
if [ -n "$DEPLOY_KEY" ]; then echo "$DEPLOY_KEY" > /root/.ssh/id_ed25519; chmod 600 /root/.ssh/id_ed25519; fi
exec python /app/sync.py "$@"
