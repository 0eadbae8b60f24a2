// SPDX-License-Identifier: Apache-2.0
import { codeInfo, err, isCode, ok, type Code, type Digest, type Result } from '@fairlead/base';
import type { UnitCondition } from '@fairlead/planner';
import { unitDigest, type JobUnit } from '@fairlead/target';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Domain, StepFailure } from './domain.ts';
import { createExclusive } from './exclusive.ts';

/** What one file of the domain holds: a unit as it would be on a real device. */
interface UnitFile {
  readonly current: Digest | null;
  readonly staged: readonly Digest[];
  readonly condition: 'running' | 'stopped' | 'failed';
  /** What a test calls each version: argument 0 of the unit. */
  readonly labels: Readonly<Record<string, string>>;
}

export interface FileDomain extends Domain<JobUnit> {
  /** Everything that was asked of it, in order: `activate a v1`. */
  readonly calls: readonly string[];
  /** The device restarts: nothing runs any more. */
  reboot(): Promise<void>;
  /** What is on the device: version (argument 0 of the unit) and whether it runs; units switched off are left out. */
  snapshot(): Promise<Record<string, { readonly version: string; readonly runs: boolean }>>;
  /** Changes a unit behind the engine's back. */
  tamper(name: string, fields: Partial<UnitFile>): Promise<void>;
}

/**
 * A driver for the engine's own tests whose units are files, so that they outlive a crash of the engine as processes do. A unit
 * says itself what goes wrong with it: env `FAIL_<STEP>` names the code that the step fails with, `HANG_<STEP>` makes it wait until
 * it is called off.
 */
export function createFileDomain(dir: string): FileDomain {
  const calls: string[] = [];
  const listeners = new Set<() => void>();
  const pathOf = (name: string): string => join(dir, `${name}.json`);

  const read = async (name: string): Promise<UnitFile> => {
    const text = await readFile(pathOf(name), 'utf8').catch(() => null);
    return text === null
      ? { current: null, staged: [], condition: 'stopped', labels: {} }
      : (JSON.parse(text) as UnitFile);
  };
  const oneAtATime = createExclusive();
  const update = (name: string, change: (unit: UnitFile) => Partial<UnitFile>): Promise<void> =>
    oneAtATime(async () => {
      await mkdir(dir, { recursive: true });
      const unit = await read(name);
      await writeFile(`${pathOf(name)}.new`, JSON.stringify({ ...unit, ...change(unit) }));
      await rename(`${pathOf(name)}.new`, pathOf(name));
      for (const listener of listeners) listener();
    });
  const names = async (): Promise<readonly string[]> =>
    (await readdir(dir).catch(() => []))
      .filter((file) => file.endsWith('.json'))
      .map((file) => file.slice(0, -'.json'.length))
      .sort();
  const labelOf = ({ labels }: UnitFile, digest: Digest | null): string =>
    digest === null ? 'none' : (labels[digest] ?? digest);

  const called = async (
    step: string,
    unit: JobUnit,
    signal: AbortSignal,
  ): Promise<Result<void, StepFailure>> => {
    calls.push(`${step} ${unit.name} ${unit.args[0] ?? ''}`);
    if (unit.env[`HANG_${step.toUpperCase()}`] !== undefined) await aborted(signal);
    const code = unit.env[`FAIL_${step.toUpperCase()}`];
    return code !== undefined && isCode(code) ? err(failureOf(code)) : ok();
  };

  return {
    name: 'jobs',
    calls,
    start: async () => undefined,
    stop: async () => undefined,
    async observe() {
      const units = await Promise.all((await names()).map(async (name) => ({ name, ...(await read(name)) })));
      return units.map(({ name, current, staged, condition }) => ({
        name,
        digest: current,
        staged,
        condition: conditionOf(condition),
      }));
    },
    async estimate(units) {
      let bytes = 0;
      for (const unit of units) {
        const { staged } = await read(unit.name);
        if (!staged.includes(unitDigest(unit))) bytes += unit.members[0]?.image?.size ?? 0;
      }
      return { bytes };
    },
    async stage(unit, signal) {
      const result = await called('stage', unit, signal);
      const digest = unitDigest(unit);
      const add = ({ staged, labels }: UnitFile): Partial<UnitFile> => ({
        staged: [...new Set([...staged, digest])],
        labels: { ...labels, [digest]: unit.args[0] ?? '' },
      });
      if (result.ok) await update(unit.name, add);
      return result;
    },
    async stopUnit(name) {
      calls.push(`stop ${name}`);
      if ((await names()).includes(name)) await update(name, () => ({ condition: 'stopped' }));
      return ok();
    },
    async switchUnit(name, to) {
      const unit = await read(name);
      const { staged, condition } = unit;
      calls.push(`switch ${name} ${labelOf(unit, to)}`);
      if (condition === 'running') return err(failureOf('internal'));
      if (to !== null && !staged.includes(to)) return err(failureOf('storage-failed'));
      await update(name, () => ({ current: to }));
      return ok();
    },
    async activate(unit, signal) {
      const result = await called('activate', unit, signal);
      await update(unit.name, () => ({ condition: result.ok ? 'running' : 'failed' }));
      return result;
    },
    async ready(unit, signal) {
      const result = await called('ready', unit, signal);
      if (!result.ok) await update(unit.name, () => ({ condition: 'failed' }));
      return !result.ok || (await read(unit.name)).condition === 'running'
        ? result
        : err(failureOf('start-failed'));
    },
    async health(unit, signal) {
      const result = await called('health', unit, signal);
      return result;
    },
    async clean(keep) {
      calls.push('clean');
      for (const name of await names()) {
        const kept = keep.get(name) ?? [];
        await update(name, ({ staged, current }) => ({
          staged: staged.filter((digest) => kept.includes(digest) || digest === current),
        }));
        if ((await read(name)).staged.length === 0) await rm(pathOf(name));
      }
    },
    async heal(committed) {
      const drift = [];
      for (const { unit, digest, runs } of committed) {
        const { current, staged, condition } = await read(unit.name);
        if (current === digest && (!runs || condition !== 'stopped')) continue;
        if (!staged.includes(digest)) {
          drift.push({ name: unit.name, message: 'is not on the disk', healed: false });
          continue;
        }
        await update(unit.name, () => ({ current: digest, ...(runs ? { condition: 'running' } : {}) }));
        drift.push({
          name: unit.name,
          message: current === digest ? 'was stopped' : 'was another version',
          healed: true,
        });
      }
      return drift;
    },
    async logs(name) {
      if (!(await names()).includes(name)) return null;
      const own = calls.filter((call) => call.split(' ')[1] === name);
      return (async function* () {
        for (const text of own) yield { stream: 'stdout' as const, text };
      })();
    },
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async reboot() {
      for (const name of await names()) await update(name, () => ({ condition: 'stopped' }));
    },
    async snapshot() {
      const units = await Promise.all((await names()).map(async (name) => ({ name, ...(await read(name)) })));
      return Object.fromEntries(
        units
          .filter((unit) => unit.current !== null || unit.condition === 'running')
          .map((unit) => [
            unit.name,
            { version: labelOf(unit, unit.current), runs: unit.condition === 'running' },
          ]),
      );
    },
    tamper: (name, fields) => update(name, () => fields),
  };
}

function conditionOf(kind: UnitFile['condition']): UnitCondition {
  return kind === 'failed' ? { kind, code: 'restart-limit', message: 'gave up' } : { kind };
}

function failureOf(code: Code): StepFailure {
  return { code, message: codeInfo(code).summary };
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const stop = (): void => {
      reject(signal.reason as Error);
    };
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
}
