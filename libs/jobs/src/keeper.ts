// SPDX-License-Identifier: Apache-2.0

/**
 * The keeper: what stands by one run of a job for as long as it lasts, whatever becomes of the agent. It runs in a session of its
 * own and holds the ends of the program's pipes; the agent only reads the files that it leaves in the run folder:
 *
 * - `begun`: made first; whoever makes it (keeper, or an agent that finds the run not begun) decides whether the run happens.
 * - `keeper`, `process`: `<pid> <start time in clock ticks since boot> <boot id>`, the latter before the program starts.
 * - `ended`: /proc/uptime when the program ended, before the next.
 * - `exit`: status of the program as the shell gives it, 128 + n for signal n.
 * - `agent-gone`: it ended the program, with all in its session and control groups, because the agent it was to die with is gone.
 *
 * Output goes through dd, which writes each piece as it comes. A piece counts as one block however short it is, so the shell looks
 * at the size between calls, and rotates while there is still room for `least` blocks: no file exceeds the limit, and a program
 * that prints short lines costs one dd in `least` of them at worst. Where a file cannot be written the output is dropped: a full
 * disk must not block a job.
 *
 * A hundred of them may start at once, so the shell does itself what it can do, and starts no tool for it. A file that it writes is
 * empty for a moment; readers take a line without its end for none.
 *
 * POSIX sh and its usual tools only; checked with dash.
 */
export const keeperScript = `#!/bin/sh
# Stands by one run of a job. Usage: keeper RUN LOGS LIMIT FILES [AGENT START GRACE]
set -u
umask 077

identity() {
  read -r stat <"/proc/$1/stat" || return 1
  read -r boot </proc/sys/kernel/random/boot_id || boot=unknown
  # After the name, which may hold anything, the start time is the twentieth field.
  set -- "$1" \${stat##*) }
  printf '%s %s %s\\n' "$1" "\${21}" "$boot"
}

if [ "$1" = program ]; then
  # In its own session already, and the pid stays what it is when the program takes this process over.
  identity $$ >process || exit 125
  . ./launch
  exit 125
fi

run=$1 logs=$2 limit=$3 files=$4
block=65536 least=16
while [ $((block * least * 4)) -gt "$limit" ] && [ "$block" -gt 512 ]; do block=$((block / 2)); done

size_of() {
  [ -s "$1" ] && wc -c <"$1" || echo 0
}

rotate() {
  n=$((files - 1))
  while [ "$n" -gt 1 ]; do
    [ -e "$1.$((n - 1))" ] && mv -f "$1.$((n - 1))" "$1.$n"
    n=$((n - 1))
  done
  [ "$files" -gt 1 ] && mv -f "$1" "$1.1" || : >"$1"
}

drain() {
  size=$(size_of "$1")
  while :; do
    room=$(((limit - size) / block))
    if [ "$size" -gt 0 ] && [ "$room" -lt "$least" ]; then
      rotate "$1"
      size=0
      continue
    fi
    if dd bs="$block" count="$room" 2>/dev/null >>"$1"; then
      now=$(size_of "$1")
      [ "$now" -eq "$size" ] && return
      size=$now
    else
      lost=$(dd bs="$block" count="$least" 2>/dev/null | wc -c)
      [ "$lost" -eq 0 ] && return
      size=$(size_of "$1")
    fi
  done
}

alive() {
  same=$2
  set -- $(identity "$1")
  [ "\${2-}" = "$same" ]
}

members() {
  for of in /proc/[0-9]*; do
    read -r stat <"$of/stat" || continue
    set -- "$1" \${stat##*) }
    [ "$5" = "$1" ] && [ "$2" != Z ] && echo "\${of#/proc/}"
  done
  while read -r group; do cat "$group/cgroup.procs"; done <groups
}

die_with() {
  while alive "$1" "$2"; do sleep 1; done
  : >agent-gone
  kill -s TERM $(members "$4")
  n=0
  while [ "$n" -lt "$3" ] && [ -n "$(members "$4")" ]; do
    sleep 1
    n=$((n + 1))
  done
  n=0
  while [ "$n" -lt 10 ] && [ -n "$(members "$4")" ]; do
    kill -s KILL $(members "$4")
    sleep 1
    n=$((n + 1))
  done
}

cd "$run" || exit 1
set -C
: >begun || exit 1
set +C
identity $$ >keeper
mkfifo out err || exit 1
drain "$logs/stdout.log" <out &
drain "$logs/stderr.log" <err &
setsid /bin/sh "$0" program <stdin >out 2>err &
program=$!
if [ $# -gt 4 ]; then
  die_with "$5" "$6" "$7" "$program" 2>/dev/null &
  watch=$!
fi
while :; do
  wait "$program"
  status=$?
  kill -s 0 "$program" 2>/dev/null || break
done
read -r uptime </proc/uptime && echo "$uptime" >ended
echo "$status" >exit
[ $# -gt 4 ] && [ ! -e agent-gone ] && kill "$watch" 2>/dev/null
wait
`;
