// SPDX-License-Identifier: Apache-2.0
import { appendFileSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LogPosition } from './log-files.ts';

/** Where a log had come to at a time. Output is stored as it comes, without times; marks let it be read from a time on. */
interface LogMark {
  readonly stream: LogStream;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly position: LogPosition;
}

export const logStreams = ['stdout', 'stderr'] as const;
export type LogStream = (typeof logStreams)[number];

/** Above it the older half is thinned out: the older, the further apart marks may be. */
const mostMarks = 1_000;

/** Notes, for one unit, how far its logs have come. */
export interface LogMarker {
  note(now: number): void;
}

/** `folder`: of the unit's logs. All at once, without turns of the thread pool: it is done every few seconds for every unit. */
export function createLogMarker(folder: string): LogMarker {
  const path = join(folder, marksFile);
  let known: readonly LogMark[] | null = null;
  return {
    note(now) {
      known ??= parseMarks(readText(path));
      const ends = logStreams.flatMap((stream): readonly LogMark[] => {
        const found = statSync(join(folder, `${stream}.log`), { throwIfNoEntry: false });
        return found === undefined
          ? []
          : [{ stream, at: now, position: { file: found.ino, offset: found.size } }];
      });
      const news = ends.filter((end) => {
        const last = known?.findLast(({ stream }) => stream === end.stream)?.position;
        return last?.file !== end.position.file || last.offset !== end.position.offset;
      });
      if (news.length === 0) return;
      known = [...known, ...news];
      if (known.length <= mostMarks) {
        appendFileSync(path, news.map(lineOf).join(''), { mode: 0o600 });
        return;
      }
      known = thinned(known);
      writeFileSync(`${path}.new`, known.map(lineOf).join(''), { mode: 0o600 });
      renameSync(`${path}.new`, path);
    },
  };
}

/** Positions in both logs before which nothing was written since then; null: begin with the oldest that is kept. */
export function positionsSince(
  folder: string,
  since: number,
): Readonly<Record<LogStream, LogPosition | null>> {
  const marks = parseMarks(readText(join(folder, marksFile)));
  const of = (stream: LogStream): LogPosition | null => {
    const own = marks.filter((mark) => mark.stream === stream);
    // In the order of writing, not of the clock: it may have been set back meanwhile.
    const later = own.findIndex(({ at }) => at > since);
    const before = later === -1 ? own.length : later;
    return own[before - 1]?.position ?? null;
  };
  return { stdout: of('stdout'), stderr: of('stderr') };
}

const marksFile = 'marks';

function lineOf({ stream, at, position }: LogMark): string {
  return `${stream} ${String(at)} ${String(position.file)} ${String(position.offset)}\n`;
}

/** A line that was cut short by a crash is passed over: marks only say where to begin. */
function parseMarks(text: string): readonly LogMark[] {
  return [...text.matchAll(/^(stdout|stderr) (\d+) (\d+) (\d+)\n/gm)].map(
    ([, stream, at, file, offset]): LogMark => ({
      stream: stream === 'stderr' ? 'stderr' : 'stdout',
      at: Number(at),
      position: { file: Number(file), offset: Number(offset) },
    }),
  );
}

/** Every second one of the older half, for each stream. */
function thinned(marks: readonly LogMark[]): readonly LogMark[] {
  const half = Math.floor(marks.length / 2);
  const old = logStreams.flatMap((stream) =>
    marks
      .slice(0, half)
      .filter((mark) => mark.stream === stream)
      .filter((_, index) => index % 2 === 0),
  );
  return [...old, ...marks.slice(half)];
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
