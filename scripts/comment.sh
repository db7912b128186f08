#!/usr/bin/env bash
# Writes the comment of a review to its pull request, or anew over the one that an earlier run wrote; it is found again by its
# first line. A review that found nothing changes an old comment and writes no new one.
# In: COMMENT (a file), FOUND (true or false), NUMBER, GITHUB_REPOSITORY, GH_TOKEN for gh.
set -euo pipefail

comments=repos/$GITHUB_REPOSITORY/issues/$NUMBER/comments
ours='.[] | select(.user.type == "Bot" and (.body | startswith("<!-- msb -->"))) | .id'

write() {
    local old
    old=$(gh api --paginate "$comments" --jq "$ours" | sed -n 1p)
    if [ -n "$old" ]; then
        gh api --silent --method PATCH "repos/$GITHUB_REPOSITORY/issues/comments/$old" --field "body=@$COMMENT"
    elif [ "$FOUND" = true ]; then
        gh api --silent --method POST "$comments" --field "body=@$COMMENT"
    fi
}

# Pull requests from forks may not comment; what would be said is in the run's summary.
write || echo "::warning title=msb::the comment could not be written; does the job have the permission pull-requests: write?"
