// SPDX-License-Identifier: Apache-2.0
import type { Triggers } from '@fairlead/target';
import { join } from '../../diagnostic.ts';
import { podDefaults, type GpioTrigger } from '../pod-spec.ts';
import { quoted, type Findings } from './findings.ts';
import { createKeyReader, isObject, type JsonObject, type KeyReader } from './key-reader.ts';
import { readPins } from './read-pins.ts';

/** When a container runs. */
export interface Start {
  readonly critical: boolean;
  /** Any whole number above 0. */
  readonly runlevel: number;
  readonly triggers: Triggers;
  readonly gpio: readonly GpioTrigger[];
}

/** Of a container that nothing starts. */
export const noStart = { critical: false, triggers: podDefaults.noTriggers, gpio: [] } as const;

export function readStart(name: string, keys: KeyReader, findings: Findings): Start {
  const critical = keys.flag('critical') ?? false;
  const runlevel = readRunlevel(keys, findings) ?? (critical ? 1 : 3);
  const entries = readTriggerList(keys, findings);
  if (entries === undefined)
    return {
      critical,
      runlevel,
      triggers: critical ? podDefaults.noTriggers : podDefaults.triggers,
      gpio: [],
    };
  if (critical)
    keys.find('conflicting-settings', `Critical container ${name} cannot have triggers`, 'triggers');
  return { critical, runlevel, ...readTriggers(name, entries, keys, findings) };
}

const levels: ReadonlyMap<string, number> = new Map([
  ['critical', 1],
  ['priority', 2],
  ['normal', 3],
]);

function readRunlevel(keys: KeyReader, findings: Findings): number | undefined {
  const { holder } = keys;
  if (!keys.has('runlevel')) return undefined;
  const value = keys.value('runlevel');
  if (typeof value === 'string') {
    const level = levels.get(value);
    if (level === undefined)
      keys.find('invalid-value', `Unknown runlevel in ${holder}: ${value}`, 'runlevel');
    return level;
  }
  if (typeof value !== 'number' || !Number.isInteger(value)) {
    const message = `Entry runlevel in ${holder} is not an int or a string: ${quoted(value)}`;
    findings.error('wrong-type', message, join(keys.pointer, 'runlevel'));
    return undefined;
  }
  if (value <= 0) keys.find('invalid-value', `Entry runlevel in ${holder} must be positive`, 'runlevel');
  if (value > 3)
    findings.warning(
      'never-runs',
      `Runlevel ${String(value)} is never reached: nothing starts ${holder}.`,
      join(keys.pointer, 'runlevel'),
    );
  return value;
}

type TriggerValue = string | JsonObject;

function readTriggerList(keys: KeyReader, findings: Findings): readonly TriggerValue[] | undefined {
  const items = keys.list('triggers');
  if (items === undefined) return undefined;
  const fit = items.filter((item): item is TriggerValue => typeof item === 'string' || isObject(item));
  if (fit.length === items.length) return fit;
  const message = `Entry triggers in ${keys.holder} is not a list of map or strings: ${quoted(items)}`;
  findings.error('wrong-type', message, join(keys.pointer, 'triggers'));
  return undefined;
}

function readTriggers(
  name: string,
  entries: readonly TriggerValue[],
  keys: KeyReader,
  findings: Findings,
): Pick<Start, 'triggers' | 'gpio'> {
  const seen = new Set<string>();
  let intervalSeconds: number | null = null;
  const gpio: GpioTrigger[] = [];
  entries.forEach((entry, index) => {
    const pointer = join(keys.pointer, 'triggers', index);
    const kind = kindOf(entry);
    if (kind === 'unknown')
      findings.error('invalid-value', `Unknown trigger in container ${name}: ${quoted(entry)}`, pointer);
    else if (kind === 'ambiguous')
      findings.error(
        'conflicting-settings',
        `Container ${name} has ambiguous trigger: ${quoted(entry)}`,
        pointer,
      );
    else if (seen.has(kind))
      findings.error('conflicting-settings', `Duplicate trigger '${kind}' in container ${name}`, pointer);
    else {
      seen.add(kind);
      if (typeof entry === 'string') return;
      const holder = kind === 'gpio' ? `container ${name}` : `trigger in container ${name}`;
      const inner = createKeyReader(entry, { holder, pointer }, findings);
      if (kind === 'gpio') gpio.push(...readPins(name, inner, findings));
      else intervalSeconds = inner.duration('interval') ?? 0;
      inner.warnUnused();
    }
  });
  return { triggers: { boot: seen.has('boot'), install: seen.has('install'), intervalSeconds }, gpio };
}

type TriggerKind = 'boot' | 'install' | 'interval' | 'gpio' | 'unknown' | 'ambiguous';

function kindOf(entry: TriggerValue): TriggerKind {
  if (typeof entry === 'string') return entry === 'boot' || entry === 'install' ? entry : 'unknown';
  const [timed, wired] = [Object.hasOwn(entry, 'interval'), Object.hasOwn(entry, 'gpio')];
  if (timed && wired) return 'ambiguous';
  return timed ? 'interval' : wired ? 'gpio' : 'unknown';
}
