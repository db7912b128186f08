#!/bin/bash
# GREETING_FILE takes precedence over GREETING, as secrets come in files
set -euo pipefail

declare -A defaults=([GREETING]=Hello)
for name in "${!defaults[@]}"; do
    file="${name}_FILE"
    if [[ -n "${!file:-}" ]]; then
        export "$name"="$(< "${!file}")"
    else
        export "$name"="${!name:-${defaults[$name]}}"
    fi
done

exec "$@"
