#!/usr/bin/env bash
# Reviews $WORK/base against $WORK/head, comments, and fails when the verdict reaches $FAIL_ON.
set -euo pipefail

[ "$COMMENT" = true ] || PULL_REQUEST=""
export PULL_REQUEST
output=$WORK/review
status=0
"$(cat "$WORK/python")" -m staygreen.review.github --base "$(cat "$WORK/base")" --head "$(cat "$WORK/head")" \
  --output "$output" --configuration "$CONFIGURATION" --commit "$COMMIT" --incidents "${INCIDENTS:-}" \
  ${DMARC_READY:+--dmarc-ready "$DMARC_READY"} --fail-on "$FAIL_ON" || status=$?
if [ -f "$output/review.json" ]; then
  {
    echo "verdict=$("$(cat "$WORK/python")" -c 'import json, sys; print(json.load(open(sys.argv[1]))["verdict"])' "$output/review.json")"
    echo "directory=$output"
  } >> "$GITHUB_OUTPUT"
fi
exit "$status"
