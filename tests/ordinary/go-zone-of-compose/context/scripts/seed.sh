#!/usr/bin/env bash
set -euo pipefail
names=(anna bert carl)
./bin/migrate up
for n in "${names[@]}"; do echo "seeding $n"; done
