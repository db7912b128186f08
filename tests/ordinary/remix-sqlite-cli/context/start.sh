#!/bin/sh
set -ex
node ./scripts/migrate.js
npm run start
