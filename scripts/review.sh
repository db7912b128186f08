#!/usr/bin/env bash
# One run of msb for the action: annotations on standard output; patch, comment and SARIF as files below RUNNER_TEMP,
# whose paths are appended to GITHUB_OUTPUT; the comment is the run's summary as well. What is asked for comes in variables named after the action's inputs.
set -euo pipefail

msb=${MSB:-$RUNNER_TEMP/msb/bin/msb}
out=$RUNNER_TEMP/msb-review
rm -rf "$out"
mkdir -p "$out"

command=("$msb" batch
    --report "diff=$out/msb.patch"
    --report "markdown=$out/comment.md"
    --report "sarif=$out/msb.sarif")
[ "${ANNOTATE:-true}" = true ] && command+=(--format github)
[ -n "${SINCE:-}" ] && command+=("--since=$SINCE")
[ -n "${BASELINE:-}" ] && command+=("--baseline=$BASELINE")
[ "${CHECK:-false}" = true ] && command+=(--check)
while IFS= read -r argument; do
    [ -n "$argument" ] && command+=("$argument")
done <<< "${ARGUMENTS:-}"
command+=(--)
while IFS= read -r path; do
    [ -n "$path" ] && command+=("$path")
done <<< "${PATHS:-.}"

status=0
"${command[@]}" || status=$?
# Files that could not be read are told as well; without any report the run itself went wrong.
if [ -e "$out/comment.md" ]; then
    {
        echo "comment=$out/comment.md"
        echo "sarif=$out/msb.sarif"
        if grep -q '"ruleId"' "$out/msb.sarif"; then echo "found=true"; else echo "found=false"; fi
        if [ -s "$out/msb.patch" ]; then echo "patch=$out/msb.patch"; else echo "patch="; fi
    } >> "$GITHUB_OUTPUT"
    cat "$out/comment.md" >> "${GITHUB_STEP_SUMMARY:-/dev/null}"
fi
exit "$status"
