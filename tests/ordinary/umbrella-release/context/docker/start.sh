#!/bin/bash
set -euo pipefail
bin/bank eval "Bank.Release.migrate()"
exec bin/bank start
