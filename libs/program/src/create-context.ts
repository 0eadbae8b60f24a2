// SPDX-License-Identifier: Apache-2.0
import { FairleadError } from '@fairlead/base';
import type { Answer, OnHangup, ProgramContext, Terminal } from './context.ts';
import { replaceFile } from './replace-file.ts';

export interface ContextOptions {
  readonly output: string;
  /** File for the answer; undefined: standard output. */
  readonly out: string | undefined;
  readonly terminal: Terminal;
  readonly signal: AbortSignal;
  readonly onHangup: OnHangup;
}

export function createContext({ output, out, terminal, signal, onHangup }: ContextOptions): ProgramContext {
  return {
    output,
    signal,
    // Whoever reads a file later is no terminal.
    terminal:
      out === undefined ? terminal : { ...terminal, isTerminal: { ...terminal.isTerminal, stdout: false } },
    onHangup,
    async answer(answer) {
      const text = endLine(formOf(answer, output));
      if (out === undefined) terminal.out(text);
      else await writeAnswer(out, text, answer.secret === true ? 0o600 : undefined);
    },
    event(line) {
      terminal.out(`${JSON.stringify(line)}\n`);
    },
  };
}

function formOf(answer: Answer, output: string): string {
  if (output === 'json') return jsonText(answer);
  return answer.forms?.[output]?.() ?? answer.text;
}

function jsonText({ json, lines }: Answer): string {
  if (lines === true && Array.isArray(json)) return json.map((item) => `${JSON.stringify(item)}\n`).join('');
  return JSON.stringify(json);
}

function endLine(text: string): string {
  return text === '' || text.endsWith('\n') ? text : `${text}\n`;
}

async function writeAnswer(path: string, text: string, mode: number | undefined): Promise<void> {
  try {
    await replaceFile(path, text, mode);
  } catch (cause) {
    const hint = 'Check the path given with --out, the rights of its folder and the free space.';
    throw new FairleadError({ code: 'storage-failed', message: `cannot write ${path}`, hint, cause });
  }
}
