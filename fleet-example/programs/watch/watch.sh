#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Prints a line every so often; how often stands in the file that it is given.
set -eu

every=60
while IFS='=' read -r key value; do
  case $key in
    every) every=$value ;;
    '' | '#'*) ;;
    *) echo "unknown setting: $key" >&2; exit 1 ;;
  esac
done <"$1"

# A wait ends at once when the signal comes; a foreground sleep would not.
pause=
trap 'test -z "$pause" || kill "$pause"; exit 0' TERM INT
echo "$GREETING, watching $SITE every $every s"
echo '!!OK!!'
round=0
while :; do
  round=$((round + 1))
  echo "round $round at $SITE: $REMARK"
  sleep "$every" &
  pause=$!
  wait "$pause"
done
