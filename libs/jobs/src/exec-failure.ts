// SPDX-License-Identifier: Apache-2.0
import { open } from 'node:fs/promises';
import type { RunExit } from './run-folder.ts';

/** What env(1), setpriv(1) and chroot(1) say, under any path and in any language, when they cannot become the program. */
const complaint = /^(?:\S*\/)?(?:env|setpriv|chroot|sh): (.*)$/;

/** True for the codes with which shell and env say that the program was not started (POSIX); it may end with them itself. */
export function mayBeUnstarted(exit: RunExit): boolean {
  return exit.kind === 'code' && exit.code >= 125 && exit.code <= 127;
}

/**
 * Why the system could not execute a program that was found; null: it did run, and ended by itself. The exit codes alone (126 and
 * 127, POSIX) may be the program's own, so the last line on standard error must come from the tool that was to start it.
 */
export async function execFailure(exit: RunExit, errorLog: string): Promise<string | null> {
  if (!mayBeUnstarted(exit)) return null;
  const last = (await tail(errorLog, 1024)).trimEnd().split('\n').at(-1) ?? '';
  return complaint.exec(last)?.[1] ?? null;
}

async function tail(path: string, bytes: number): Promise<string> {
  const file = await open(path, 'r').catch(() => null);
  if (file === null) return '';
  try {
    const { size } = await file.stat();
    const { buffer, bytesRead } = await file.read(Buffer.alloc(bytes), 0, bytes, Math.max(0, size - bytes));
    return buffer.toString('utf8', 0, bytesRead);
  } finally {
    await file.close();
  }
}
