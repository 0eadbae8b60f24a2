// SPDX-License-Identifier: Apache-2.0
import { formatSize } from '@fairlead/base';
import type { LockChange } from '@fairlead/lock';
import { lockPath } from '@fairlead/spec';
import type { Colours } from '../colours.ts';
import { printable } from '../diagnostics/excerpt.ts';

type Entry = Extract<LockChange, { change: 'added' }>['after'];

const signs = { added: '+', updated: '~', removed: '-', unchanged: '=' } as const;

const paint = {
  added: 'green',
  updated: 'yellow',
  removed: 'red',
  unchanged: 'dim',
} as const satisfies Record<LockChange['change'], keyof Colours>;

/** What became of the lock: a paragraph for each change, then a line that counts them and says what to do. */
export function lockText(changes: readonly LockChange[], colours: Colours): string {
  const paragraphs = changes.map((change) => {
    const head = `${signs[change.change]} ${printable(change.key)}`;
    return [colours[paint[change.change]](head), ...meanings(change).map((text) => `    ${text}`)].join('\n');
  });
  return [...paragraphs, countText(changes)].join('\n');
}

function meanings(change: LockChange): readonly string[] {
  switch (change.change) {
    case 'added':
      return [meaning(change.after)];
    case 'updated':
      return [meaning(change.before), `→ ${meaning(change.after)}`];
    case 'removed':
    case 'unchanged':
      return [];
  }
}

function meaning(entry: Entry): string {
  if ('commit' in entry) return `commit ${entry.commit}`;
  return 'id' in entry ? entry.id : `${entry.digest}  ${formatSize(entry.size)}`;
}

function countText(changes: readonly LockChange[]): string {
  const counts = (['added', 'updated', 'removed'] as const).flatMap((kind) => {
    const count = changes.filter(({ change }) => change === kind).length;
    return count === 0 ? [] : [`${String(count)} ${kind}`];
  });
  if (counts.length === 0) return `${lockPath} is up to date`;
  return `${lockPath}: ${counts.join(', ')}. Commit it with the change that needs it.`;
}
