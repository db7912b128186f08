#!/bin/bash
set -eo pipefail

if [ "${1}" != "dashboard" ]; then
    exec "$@"
fi

pushd /srv > /dev/null
echo "starting in $(pwd)"
popd > /dev/null

exec node /srv/app.js
