// SPDX-License-Identifier: Apache-2.0
import { readFile } from 'node:fs/promises';
import type { DomainName } from '@fairlead/target';
import * as v from 'valibot';
import { replaceDurably } from './durable.ts';
import type { DriftReport } from './engine-state.ts';

/** What somebody at the device asked of a unit, against what the committed state says of it. */
export interface Override {
  readonly domain: DomainName;
  readonly name: string;
  readonly kind: 'start' | 'stop';
  /** Milliseconds since 1970. */
  readonly until: number;
}

/** Overrides in force, at most one for a unit. They end by themselves, with the next revision that is applied, and with a reboot. */
export interface Overrides {
  all(): readonly Override[];
  /** In place of any other of its unit. Throws `storage-failed` or `no-space`. */
  put(override: Override): Promise<void>;
  drop(unit: Pick<Override, 'domain' | 'name'>): Promise<void>;
  clear(): Promise<void>;
}

const form = v.strictObject({
  format: v.literal(1),
  overrides: v.array(
    v.strictObject({
      domain: v.picklist(['jobs', 'containers', 'firmware']),
      name: v.string(),
      kind: v.picklist(['start', 'stop']),
      until: v.number(),
    }),
  ),
});

/** What cannot be read is no override: the committed state then counts. */
export async function openOverrides(path: string): Promise<Overrides> {
  let all: readonly Override[] = parse(await readFile(path, 'utf8').catch(() => ''));
  const keep = async (next: readonly Override[]): Promise<void> => {
    if (next.length === 0 && all.length === 0) return;
    await replaceDurably(path, JSON.stringify({ format: 1, overrides: next }));
    all = next;
  };
  const others = (unit: Pick<Override, 'domain' | 'name'>): readonly Override[] =>
    all.filter(({ domain, name }) => domain !== unit.domain || name !== unit.name);
  return {
    all: () => all,
    put: (override) => keep([...others(override), override]),
    drop: (unit) => keep(others(unit)),
    clear: () => keep([]),
  };
}

/** As drift: what the committed state says is not what is. */
export function overrideDrift({ domain, name, kind, until }: Override): DriftReport {
  return {
    domain,
    name,
    message: `${done[kind]} as asked on the device, until ${new Date(until).toISOString()}`,
    healed: false,
  };
}

/** For the receipt of the revision that ends them; undefined: there is none. */
export function overrideRemark(overrides: readonly Override[]): string | undefined {
  if (overrides.length === 0) return undefined;
  const listed = overrides.map(({ name, kind }) => `'${name}' ${done[kind]}`);
  return `ended what was asked on the device: ${listed.join(', ')}`;
}

const done = { start: 'started', stop: 'stopped' } as const;

function parse(text: string): readonly Override[] {
  try {
    const parsed = v.safeParse(form, JSON.parse(text));
    return parsed.success ? parsed.output.overrides : [];
  } catch {
    return [];
  }
}
