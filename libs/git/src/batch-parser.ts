// SPDX-License-Identifier: Apache-2.0

/** One object as `git cat-file --batch` gave it. */
export interface BatchObject {
  readonly oid: string;
  readonly type: string;
  /** Null: it is larger than what was asked for. */
  readonly content: Buffer | null;
}

/**
 * Takes the stream `<oid> SP <type> SP <size> LF <contents> LF` in pieces, and any other line as an object that is not there
 * (undefined). What is over `maxBytes` is passed over, not kept.
 */
export function createBatchParser(
  maxBytes: number,
  onAnswer: (object: BatchObject | undefined) => void,
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
        if (match === null) {
          onAnswer(undefined);
          continue;
        }
        const [, oid = '', type = '', size = ''] = match;
        // One more than the content: the line end after it.
        current = { oid, type, size: Number(size), parts: [], left: Number(size) + 1 };
      } else {
        const part = chunk.subarray(at, at + current.left);
        at += part.length;
        current.left -= part.length;
        if (current.size <= maxBytes) current.parts.push(part);
        if (current.left > 0) return;
        const { oid, type, size, parts } = current;
        current = undefined;
        onAnswer({ oid, type, content: size > maxBytes ? null : Buffer.concat(parts).subarray(0, size) });
      }
    }
  };
}
