#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Writes a log book into the folder that it works in: its title comes on standard input, its lines from a file.
# Usage: logbook.sh <file of remarks> <seconds between two entries>
set -eu

read -r title
remarks=$1
every=$2
echo "$title" >logbook.txt
echo "$title, run ${GREASE_ORIGIN_ID:-0}, every $every s"

# A wait ends at once when the signal comes; a foreground sleep would not.
pause=
trap 'test -z "$pause" || kill "$pause"; echo "closed" >>logbook.txt; exit 0' TERM INT
while :; do
  while read -r remark; do
    echo "$remark" >>logbook.txt
    sleep "$every" &
    pause=$!
    wait "$pause"
  done <"$remarks"
done
