// SPDX-License-Identifier: Apache-2.0
import { watch } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { isAbort, type Clock } from '@fairlead/base';
import type { LogLine, LogQuery } from '@fairlead/engine';
import { createLogReader, type LogPosition, type LogReader } from './log-files.ts';
import { logStreams, positionsSince } from './log-marks.ts';

/** How often new output is looked for when nothing tells of it, in milliseconds. */
const lookMs = 1_000;

/** The output in a folder of logs, across its rotated files. It is read from the files alone: no agent need run. */
export async function* readLogs(folder: string, query: LogQuery, clock: Clock): AsyncGenerator<LogLine> {
  const from = query.since === null ? null : positionsSince(folder, query.since);
  const streams = logStreams.map((stream) => openLines(stream, folder, from?.[stream] ?? null));
  try {
    for (const stream of streams) {
      yield* await stream.take(query.lines);
    }
    if (!query.follow) {
      for (const stream of streams) yield* stream.rest();
      return;
    }
    await mkdir(folder, { recursive: true, mode: 0o700 });
    for await (const look of changes(folder, clock, query.signal)) {
      if (!look) return;
      for (const stream of streams) yield* await stream.take(Number.POSITIVE_INFINITY);
    }
  } finally {
    for (const stream of streams) await stream.close();
  }
}

interface LineSource {
  /** Whole lines that came since the last call, the last `most` of them. */
  take(most: number): Promise<readonly LogLine[]>;
  /** What stands after the last line end. */
  rest(): readonly LogLine[];
  close(): Promise<void>;
}

function openLines(stream: LogLine['stream'], folder: string, from: LogPosition | null): LineSource {
  const reader: LogReader = createLogReader(join(folder, `${stream}.log`), from);
  const decoder = new TextDecoder();
  let open = '';
  return {
    async take(most) {
      const lines: LogLine[] = [];
      for (let chunk = await reader.next(); chunk !== null; chunk = await reader.next()) {
        const parts = (open + decoder.decode(chunk, { stream: true })).split('\n');
        open = parts.pop() ?? '';
        for (const text of parts) lines.push({ stream, text });
        // Old logs are long; no more of them is held than is wanted.
        if (lines.length > most) lines.splice(0, lines.length - most);
      }
      return lines;
    },
    rest: () => (open === '' ? [] : [{ stream, text: open }]),
    close: () => reader.close(),
  };
}

/** Yields true whenever the folder should be looked at again, and false when the caller has enough. */
async function* changes(folder: string, clock: Clock, signal: AbortSignal): AsyncGenerator<boolean> {
  let wake = (): void => undefined;
  const watcher = watch(folder, () => {
    wake();
  });
  watcher.on('error', () => {
    watcher.close();
  });
  try {
    for (;;) {
      const changed = new AbortController();
      wake = () => {
        changed.abort();
      };
      yield true;
      await clock.sleep(lookMs, AbortSignal.any([signal, changed.signal])).catch((error: unknown) => {
        if (!signal.aborted && !changed.signal.aborted && !isAbort(error)) throw error;
      });
      if (signal.aborted) {
        yield false;
        return;
      }
    }
  } finally {
    watcher.close();
  }
}
