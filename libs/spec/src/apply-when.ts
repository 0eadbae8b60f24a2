// SPDX-License-Identifier: Apache-2.0
import { parseDuration } from '@fairlead/base';
import { Cron } from 'croner';
import { at, join, type Problem } from './diagnostic.ts';
import { nearest } from './nearest.ts';
import type { FleetGroup } from './schemas/fleet-schema.ts';
import { timeZones } from './time-zones.ts';

/** When the devices of a group may apply what they have staged. */
type ApplyWhen =
  | { readonly kind: 'now' }
  | { readonly kind: 'idle' }
  /** From each time that the cron expression (five fields) names, for this long; `zone` is an IANA name. */
  | { readonly kind: 'window'; readonly cron: string; readonly durationMs: number; readonly zone: string };

export interface ReadApply {
  /** Of use only where there is no problem. */
  readonly value: ApplyWhen;
  readonly problems: readonly Problem[];
}

/** What a group's `apply`, which stands at `pointer`, says; absent: now. */
export function readApply(apply: FleetGroup['apply'] = 'now', pointer = ''): ReadApply {
  if (typeof apply === 'string') return { value: { kind: apply }, problems: [] };
  const problems: Problem[] = [];
  const refuse = (key: string, message: string, hint: string): void => {
    problems.push({ severity: 'error', code: 'invalid-value', message, hint, place: at(join(pointer, key)) });
  };
  const { window, duration, zone = 'UTC' } = apply;
  const cron = window.trim().split(/\s+/).join(' ');
  const wrong = cronProblem(cron);
  if (wrong !== undefined)
    refuse('window', `the cron expression '${window}' is not valid: ${wrong}`, cronHint);
  const length = parseDuration(duration);
  if (!length.ok) refuse('duration', length.error, "Write it like '2h' or '1h 30m'.");
  else if (length.value === 0) refuse('duration', 'a window of no length never opens', "Write it like '2h'.");
  if (!timeZones.has(zone)) {
    const near = nearest(zone, timeZones);
    const hint = near === undefined ? "Give an IANA name like 'Europe/Berlin'." : `Did you mean '${near}'?`;
    refuse('zone', `the time zone '${zone}' is not known`, hint);
  }
  return { value: { kind: 'window', cron, durationMs: length.ok ? length.value : 0, zone }, problems };
}

const cronHint =
  "Give minute, hour, day of month, month and day of week, like '0 3 * * SAT' for three o'clock on Saturdays.";
const longestCron = 255;

/** Why it is no cron expression of five fields; undefined where it is one. */
function cronProblem(cron: string): string | undefined {
  if (cron.length > longestCron) return `it is longer than ${String(longestCron)} characters`;
  const fields = cron.split(' ').length;
  if (fields !== 5) return `it has ${String(fields)} fields, not 5`;
  try {
    // From a fixed day, without any zone: whether it comes at all hangs on neither.
    const first = new Cron(cron, { mode: '5-part', utcOffset: 0, paused: true }).nextRun(new Date(0));
    return first === null ? 'no month has such a day, so the window never opens' : undefined;
  } catch (error) {
    return error instanceof Error ? error.message.replace(/^CronPattern: /, '') : 'it cannot be read';
  }
}
