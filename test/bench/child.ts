// SPDX-License-Identifier: Apache-2.0
// A process of a benchmark that is asked and answers, one thing at a time.
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

export interface Child<To extends object, From extends { readonly kind: string }> {
  readonly pid: number;
  ask<K extends From['kind']>(message: To, kind: K): Promise<Extract<From, { kind: K }>>;
  next<K extends From['kind']>(kind: K): Promise<Extract<From, { kind: K }>>;
  end(): Promise<void>;
}

/** Starts a file of this folder; what it says comes by `next`. */
export function startChild<To extends object, From extends { readonly kind: string }>(
  file: string,
  args: readonly string[],
): Child<To, From> {
  const child: ChildProcess = fork(join(import.meta.dirname, file), [...args], {
    execArgv: [...process.execArgv, '--expose-gc'],
  });
  const gone = once(child, 'exit').then(() => {
    throw new Error(`${file} ended`);
  });
  gone.catch(() => undefined);
  const next = async <K extends From['kind']>(kind: K) => {
    const [message] = (await Promise.race([once(child, 'message'), gone])) as [From];
    if (message.kind !== kind) throw new Error(`${message.kind} instead of ${kind}`);
    return message as Extract<From, { kind: K }>;
  };
  return {
    pid: child.pid ?? 0,
    next,
    ask(message, kind) {
      const answer = next(kind);
      child.send(message);
      return answer;
    },
    async end() {
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    },
  };
}
