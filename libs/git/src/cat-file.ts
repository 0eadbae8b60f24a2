// SPDX-License-Identifier: Apache-2.0
import { spawn } from 'node:child_process';

/** What `git cat-file --batch` made of one object. `undefined`: ask elsewhere. */
export type CatFileAnswer =
  { readonly kind: 'blob'; readonly content: Uint8Array } | { readonly kind: 'too-large' } | undefined;

const environment = {
  GIT_NO_REPLACE_OBJECTS: '1',
  GIT_OPTIONAL_LOCKS: '0',
  GIT_TERMINAL_PROMPT: '0',
  LC_ALL: 'C',
};

/**
 * Reads many blobs by one child of the installed `git`, about twenty times as fast as in this process. Whatever goes wrong (no `git`,
 * another owner, a corrupt object) only leaves answers out.
 */
export async function catFiles(
  commonDir: string,
  oids: readonly string[],
  maxBytes: number,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Exclude<CatFileAnswer, undefined>>> {
  const answers = new Map<string, Exclude<CatFileAnswer, undefined>>();
  const child = spawn('git', ['--git-dir', commonDir, 'cat-file', '--batch', '--buffer'], {
    env: { ...process.env, ...environment },
    stdio: ['pipe', 'pipe', 'ignore'],
    signal,
  });
  const closed = new Promise<void>((resolve) => {
    child.once('close', () => {
      resolve();
    });
    child.once('error', () => {
      resolve();
    });
  });
  // The child may end before it has read everything; what it did not answer is simply left out.
  child.stdin.on('error', () => undefined);
  child.stdin.end(oids.map((oid) => `${oid}\n`).join(''));
  const parse = createBatchParser(maxBytes, (oid, answer) => answers.set(oid, answer));
  child.stdout.on('data', parse);
  await closed;
  signal.throwIfAborted();
  return answers;
}

/** Takes the stream `<oid> SP <type> SP <size> LF <contents> LF` in pieces. What is too large is passed over, not kept. */
export function createBatchParser(
  maxBytes: number,
  onBlob: (oid: string, answer: Exclude<CatFileAnswer, undefined>) => void,
): (chunk: Buffer) => void {
  let head = '';
  let current:
    | {
        readonly oid: string;
        readonly type: string;
        readonly size: number;
        readonly parts: Buffer[];
        left: number;
      }
    | undefined;
  return (chunk) => {
    let at = 0;
    while (at < chunk.length) {
      if (current === undefined) {
        const end = chunk.indexOf(0x0a, at);
        head += chunk.toString('latin1', at, end < 0 ? chunk.length : end);
        if (end < 0) return;
        at = end + 1;
        const match = /^([0-9a-f]{40}) (\w+) (\d+)$/.exec(head);
        head = '';
        if (match === null) continue;
        const [, oid = '', type = '', size = ''] = match;
        // One more than the content: the line end after it.
        current = { oid, type, size: Number(size), parts: [], left: Number(size) + 1 };
      } else {
        const part = chunk.subarray(at, at + current.left);
        at += part.length;
        current.left -= part.length;
        if (current.size <= maxBytes) current.parts.push(part);
        if (current.left > 0) return;
        if (current.type === 'blob') onBlob(current.oid, answerOf(current.size, maxBytes, current.parts));
        current = undefined;
      }
    }
  };
}

function answerOf(
  size: number,
  maxBytes: number,
  parts: readonly Buffer[],
): Exclude<CatFileAnswer, undefined> {
  return size > maxBytes
    ? { kind: 'too-large' }
    : { kind: 'blob', content: Buffer.concat(parts).subarray(0, size) };
}
