// SPDX-License-Identifier: Apache-2.0
import type { Result } from '@fairlead/base';
import type { ObservedUnit } from '@fairlead/planner';
import { unitDigest, type Unit } from '@fairlead/target';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Domain, StepFailure } from '../domain.ts';

/** What a driver brings to its contract test. */
export interface DomainHarness<U extends Unit> {
  /** A driver over the same folders at each call: the second one is what a restarted agent makes. */
  open(): Domain<U>;
  /** A unit that becomes ready, stays healthy and runs until it is stopped. Versions of one name differ in their digest. */
  unit(name: string, version: number): U;
  /** Called after each test, when the driver has let go: whatever still runs is to be ended, and the folders removed. */
  dispose(): Promise<void>;
}

/** The contract of `Domain`, as tests. Every driver calls this in a test of its own; `create` makes a fresh harness for each test. */
export function describeDomainContract<U extends Unit>(
  driver: string,
  create: () => Promise<DomainHarness<U>>,
): void {
  describe(`the ${driver} driver, as every domain,`, () => {
    const { signal } = new AbortController();
    let harness: DomainHarness<U>;
    let domain: Domain<U>;

    beforeEach(async () => {
      harness = await create();
      domain = harness.open();
      await domain.start(signal);
    });
    afterEach(async () => {
      await domain.stop();
      await harness.dispose();
    });

    const succeed = async (step: Promise<Result<void, StepFailure>>): Promise<void> => {
      expect(await step).toEqual({ ok: true, value: undefined });
    };
    const seen = async (name: string): Promise<ObservedUnit | undefined> =>
      (await domain.observe(signal)).find((unit) => unit.name === name);
    /** From nothing to running, as the engine goes about it. */
    const bringUp = async (unit: U): Promise<void> => {
      await succeed(domain.stage(unit, signal));
      await succeed(domain.switchUnit(unit.name, unitDigest(unit), signal));
      await succeed(domain.activate(unit, signal));
      await succeed(domain.ready(unit, signal));
    };
    const restart = async (): Promise<void> => {
      await domain.stop();
      domain = harness.open();
      await domain.start(signal);
    };

    it('sees nothing on an empty device', async () => {
      expect(await domain.observe(signal)).toEqual([]);
    });

    it('stages a version beside the current one, any number of times, and runs nothing', async () => {
      const unit = harness.unit('one', 1);

      await succeed(domain.stage(unit, signal));
      await succeed(domain.stage(unit, signal));

      expect(await seen('one')).toMatchObject({
        digest: null,
        staged: [unitDigest(unit)],
        condition: { kind: 'stopped' },
      });
      expect(await domain.estimate([unit], signal)).toEqual({ bytes: 0 });
    });

    it('leaves what runs alone while another version is staged', async () => {
      const [first, second] = [harness.unit('one', 1), harness.unit('one', 2)];
      await bringUp(first);

      await succeed(domain.stage(second, signal));

      expect(await seen('one')).toMatchObject({ digest: unitDigest(first), condition: { kind: 'running' } });
      expect((await seen('one'))?.staged.toSorted()).toEqual(
        [unitDigest(first), unitDigest(second)].toSorted(),
      );
    });

    it('brings a unit up, and leaves one that runs alone', async () => {
      const unit = harness.unit('one', 1);

      await bringUp(unit);
      await succeed(domain.activate(unit, signal));
      await succeed(domain.ready(unit, signal));

      expect(await seen('one')).toMatchObject({ digest: unitDigest(unit), condition: { kind: 'running' } });
    });

    it('finds a healthy unit healthy', async () => {
      const unit = harness.unit('one', 1);
      await bringUp(unit);

      await succeed(domain.health(unit, signal));
    });

    it('switches back and forth between staged versions, and to none', async () => {
      const [first, second] = [harness.unit('one', 1), harness.unit('one', 2)];
      await succeed(domain.stage(first, signal));
      await succeed(domain.stage(second, signal));

      for (const to of [
        unitDigest(first),
        unitDigest(second),
        unitDigest(second),
        unitDigest(first),
        null,
        null,
      ]) {
        await succeed(domain.switchUnit('one', to, signal));
        expect((await seen('one'))?.digest).toBe(to);
      }
    });

    it('fails to switch to a version that is not there, and stays where it is', async () => {
      const unit = harness.unit('one', 1);
      await succeed(domain.stage(unit, signal));
      await succeed(domain.switchUnit('one', unitDigest(unit), signal));

      const switched = await domain.switchUnit('one', unitDigest(harness.unit('one', 2)), signal);

      expect(switched.ok).toBe(false);
      expect((await seen('one'))?.digest).toBe(unitDigest(unit));
    });

    it('stops a unit, any number of times, and one that it never saw', async () => {
      await bringUp(harness.unit('one', 1));

      await succeed(domain.stopUnit('one', signal));
      await succeed(domain.stopUnit('one', signal));
      await succeed(domain.stopUnit('never-seen', signal));

      expect(await seen('one')).toMatchObject({ condition: { kind: 'stopped' } });
    });

    it('starts a stopped unit again', async () => {
      const unit = harness.unit('one', 1);
      await bringUp(unit);
      await succeed(domain.stopUnit('one', signal));

      await succeed(domain.activate(unit, signal));
      await succeed(domain.ready(unit, signal));

      expect(await seen('one')).toMatchObject({ condition: { kind: 'running' } });
    });

    it('lets what runs go on when it lets go, and finds it again', async () => {
      const unit = harness.unit('one', 1);
      await bringUp(unit);

      await restart();

      expect(await seen('one')).toMatchObject({ digest: unitDigest(unit), condition: { kind: 'running' } });
      await succeed(domain.stopUnit('one', signal));
      expect(await seen('one')).toMatchObject({ condition: { kind: 'stopped' } });
    });

    it('neither starts nor stops anything when it starts', async () => {
      const unit = harness.unit('one', 1);
      await bringUp(unit);
      await succeed(domain.stopUnit('one', signal));

      await restart();

      expect(await seen('one')).toMatchObject({ digest: unitDigest(unit), condition: { kind: 'stopped' } });
    });

    it('cleans away what is not kept, and only that', async () => {
      const [first, second] = [harness.unit('one', 1), harness.unit('one', 2)];
      await succeed(domain.stage(first, signal));
      await succeed(domain.stage(second, signal));
      await succeed(domain.stage(harness.unit('two', 1), signal));
      await succeed(domain.switchUnit('one', unitDigest(second), signal));

      await domain.clean(new Map([['one', [unitDigest(second)]]]), signal);

      expect(await domain.observe(signal)).toMatchObject([
        { name: 'one', digest: unitDigest(second), staged: [unitDigest(second)] },
      ]);
      await succeed(domain.activate(second, signal));
      await succeed(domain.ready(second, signal));
    });

    it('finds no drift where there is none', async () => {
      const [unit, idle] = [harness.unit('one', 1), harness.unit('two', 1)];
      await bringUp(unit);
      await succeed(domain.stage(idle, signal));
      await succeed(domain.switchUnit('two', unitDigest(idle), signal));

      const drift = await domain.heal(
        [
          { unit, digest: unitDigest(unit), runs: true },
          { unit: idle, digest: unitDigest(idle), runs: false },
        ],
        signal,
      );

      expect(drift).toEqual([]);
      expect(await seen('two')).toMatchObject({ condition: { kind: 'stopped' } });
    });

    it('heals a unit that is stopped and should run, and says so', async () => {
      const unit = harness.unit('one', 1);
      await bringUp(unit);
      await succeed(domain.stopUnit('one', signal));

      const drift = await domain.heal([{ unit, digest: unitDigest(unit), runs: true }], signal);

      expect(drift).toMatchObject([{ name: 'one', healed: true }]);
      await succeed(domain.ready(unit, signal));
      expect(await seen('one')).toMatchObject({ condition: { kind: 'running' } });
    });

    it('tells what a unit wrote, also while it is let go, and knows when there is none', async () => {
      await bringUp(harness.unit('one', 1));
      const query = { lines: 10, since: null, follow: false, signal };
      for (const reader of [domain, harness.open()]) {
        const lines = await reader.logs('one', query);
        expect(lines).not.toBeNull();
        for await (const line of lines ?? []) expect(line).toHaveProperty('text');
        expect(await reader.logs('never-seen', query)).toBeNull();
      }
    });

    it('says when the condition of a unit changed, until nobody listens any more', async () => {
      const unit = harness.unit('one', 1);
      let heard = 0;
      const end = domain.onChange(() => {
        heard += 1;
      });

      await bringUp(unit);
      expect(heard).toBeGreaterThan(0);

      end();
      heard = 0;
      await succeed(domain.stopUnit('one', signal));
      expect(heard).toBe(0);
    });
  });
}
