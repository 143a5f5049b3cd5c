#!/usr/bin/env bash
# Leaves in $WORK/head and $WORK/base the absolute paths of what would be deployed and of what was there before.
# A side that cannot be had fails the step: nothing is reviewed against something stale.
set -euo pipefail

fail() {
  echo "::error title=review::$1"
  exit 1
}

# The commit that the change would be merged into. Where HEAD is the merge that GitHub made to test the pull request, its
# first parent; the event's base.sha may be older. Else the merge base, which needs the history.
base_commit() {
  if git rev-parse --quiet --verify 'HEAD^2' > /dev/null && [ "$(git rev-parse 'HEAD^2')" = "$PULL_REQUEST_HEAD" ]; then
    git rev-parse 'HEAD^1'
  elif [ -n "$BASE_REF" ]; then
    git rev-parse --quiet --verify "origin/$BASE_REF" > /dev/null ||
      git fetch --quiet origin "+refs/heads/$BASE_REF:refs/remotes/origin/$BASE_REF" >&2 || return 1
    git merge-base HEAD "origin/$BASE_REF"
  else
    git rev-parse --verify 'HEAD^1'
  fi
}

# synthesise DIRECTORY OUTPUT
synthesise() {
  rm -rf "$2"
  mkdir -p "$2"
  (cd "$1" && OUTPUT="$2" bash -euo pipefail -c "$SYNTH") || fail "the command in synth failed in $1"
  [ -n "$(ls -A "$2")" ] || fail "the command in synth wrote nothing to \$OUTPUT in $1"
}

absolute() {
  case $1 in
    /*) printf '%s' "$1" ;;
    *) printf '%s' "$PWD/$DIRECTORY/$1" ;;
  esac
}

mkdir -p "$WORK"
if [ -n "$SYNTH" ]; then
  head=$WORK/assembly-head
  synthesise "$PWD/$DIRECTORY" "$head"
else
  head=$(absolute "$GIVEN_HEAD")
  [ -e "$head" ] || fail "there is no $GIVEN_HEAD in $DIRECTORY: hand in head, or a command in synth that makes it"
fi

if [ -n "$GIVEN_BASE" ]; then
  base=$(absolute "$GIVEN_BASE")
  [ -e "$base" ] || fail "there is no $GIVEN_BASE in $DIRECTORY"
else
  commit=$(base_commit) || fail "the base commit is not here: check out with fetch-depth 2 on pull requests, else with 0"
  git worktree remove --force "$WORK/before" 2> /dev/null || true
  git worktree add --quiet --detach "$WORK/before" "$commit" || fail "the base commit $commit cannot be checked out"
  echo "base: $commit"
  base=$WORK/assembly-base
  if [ ! -d "$WORK/before/$DIRECTORY" ]; then
    mkdir -p "$base" # the first pull request: nothing was there
  elif [ -n "$SYNTH" ]; then
    synthesise "$WORK/before/$DIRECTORY" "$base"
  elif [ -e "$WORK/before/$DIRECTORY/$GIVEN_HEAD" ]; then
    base=$WORK/before/$DIRECTORY/$GIVEN_HEAD
  elif git ls-files --error-unmatch "$DIRECTORY/$GIVEN_HEAD" > /dev/null 2>&1; then
    mkdir -p "$base" # the templates are new
  else
    fail "$GIVEN_HEAD is not in the repository, so the base has none: hand in base, or a command in synth"
  fi
fi
printf '%s\n' "$head" > "$WORK/head"
printf '%s\n' "$base" > "$WORK/base"
