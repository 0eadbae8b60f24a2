// SPDX-License-Identifier: Apache-2.0
import { FairleadError } from '@fairlead/base';
import { readFileSync } from 'node:fs';

/**
 * How many files and connections this process may have open: what `ulimit -Hn` says, since Node raises its own limit to that at its
 * start. Undefined: unlimited, or a system that does not say it in /proc.
 */
export function openFilesLimit(): number | undefined {
  try {
    const limits = readFileSync('/proc/self/limits', 'utf8');
    const soft = /^Max open files\s+(\S+)/m.exec(limits)?.[1];
    return soft === undefined || soft === 'unlimited' ? undefined : Number(soft);
  } catch {
    return undefined;
  }
}

/** Throws `misuse` where this process may not open so many files and connections. */
export function requireOpenFiles(count: number): void {
  const limit = openFilesLimit();
  if (limit === undefined || count <= limit) return;
  throw new FairleadError({
    code: 'misuse',
    message: `this needs ${String(count)} open files, and the system allows ${String(limit)} to a process`,
    hint: 'Raise the limit (ulimit -n, or LimitNOFILE= of the systemd unit), or use fewer devices or several processes.',
  });
}
