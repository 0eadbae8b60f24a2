// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto';
import { createBatchParser, type BatchObject } from './batch-parser.ts';
import { startGit } from './git-child.ts';

/** An object whose content was checked against its name. Undefined: ask elsewhere. */
type StreamedObject = { readonly oid: string; readonly type: string; readonly content: Buffer } | undefined;

/** One child of the installed `git` that answers page after page. */
export interface ObjectStream {
  /**
   * Answers in the order of the names, which may be anything that Git resolves (`<commit>^{tree}`, `<commit>:path`). What is missing,
   * too large or not what its name says is left undefined; so is everything after the child has ended.
   */
  read(names: readonly string[]): Promise<readonly StreamedObject[]>;
  close(): void;
}

export function openObjectStream(commonDir: string, maxBytes: number, signal: AbortSignal): ObjectStream {
  const { child, closed } = startGit(commonDir, ['cat-file', '--batch'], signal);
  let answers: StreamedObject[] = [];
  let page: { readonly size: number; readonly done: () => void } | undefined;
  let isOver = false;
  const parse = createBatchParser(maxBytes, (object) => {
    answers.push(checked(object));
    if (page !== undefined && answers.length >= page.size) page.done();
  });
  child.stdout.on('data', parse);
  void closed.then(() => {
    isOver = true;
    page?.done();
  });
  return {
    async read(names) {
      answers = [];
      if (!isOver)
        await new Promise<void>((done) => {
          page = { size: names.length, done };
          child.stdin.write(names.map((name) => `${name}\n`).join(''));
        });
      page = undefined;
      return names.map((_, index) => answers[index]);
    },
    close() {
      child.stdin.end();
      child.kill();
    },
  };
}

function checked(object: BatchObject | undefined): StreamedObject {
  if (object === undefined || object.content === null) return undefined;
  const { oid, type, content } = object;
  const hash = createHash('sha1')
    .update(`${type} ${String(content.length)}\0`)
    .update(content)
    .digest('hex');
  return hash === oid ? { oid, type, content } : undefined;
}
