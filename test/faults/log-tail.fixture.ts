// SPDX-License-Identifier: Apache-2.0
import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';

const keptLines = 40;

/** The last lines of each log of a folder: for the message of a failure that perhaps nobody sees again. */
export async function logTails(dir: string): Promise<string> {
  const logs = (await readdir(dir)).filter((name) => name.endsWith('.log')).toSorted();
  const tails = logs.map(async (name) => {
    const lines = (await readFile(join(dir, name), 'utf8')).trimEnd().split('\n');
    return `${basename(name, '.log')}:\n${lines.slice(-keptLines).join('\n')}`;
  });
  return (await Promise.all(tails)).join('\n\n');
}
