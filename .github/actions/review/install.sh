#!/usr/bin/env bash
# Leaves in $WORK/python the path of an interpreter that has staygreen.
#   $GIVEN_PYTHON   one that has it already, or empty
#   $SET_UP_PYTHON  one to make an environment with
#   $ACTION         the action's directory, in a checkout of staygreen
set -euo pipefail

mkdir -p "$WORK"
if [ -n "$GIVEN_PYTHON" ]; then
  python=$GIVEN_PYTHON
else
  "$SET_UP_PYTHON" -m venv "$WORK/venv"
  python=$WORK/venv/bin/python
  "$python" -m pip install --quiet --disable-pip-version-check --cache-dir "$WORK/pip" "$ACTION/../../.."
fi
"$python" -c 'import staygreen.review.github'
printf '%s\n' "$python" > "$WORK/python"
