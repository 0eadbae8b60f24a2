// SPDX-License-Identifier: Apache-2.0
import { sha256 } from '@fairlead/base';
import {
  containerUnit,
  createTarget,
  plainAttributes,
  plainSettings,
  type FirmwareUnit,
  type JobUnit,
  type TargetSettings,
  type UnitAttributes,
} from '@fairlead/target';
import { jobUnit, targetOf } from '@fairlead/target/testing';
import { tempDir } from '@fairlead/testing';
import { describe, expect, it } from 'vitest';
import { revision } from './rig.fixture.ts';
import { job, startRig, untilOutcomes } from './started-rig.fixture.ts';
import { unsupportedIn } from './unsupported.ts';

const artifact = { url: 'server:', digest: sha256('file'), size: 4, format: 'file' } as const;
const health: UnitAttributes['health'] = {
  probe: { kind: 'tcp', host: '127.0.0.1', port: 80 },
  intervalMs: 1_000,
  timeoutMs: 1_000,
  retries: 3,
  startPeriodMs: 0,
  windowMs: null,
};
const withAttributes = (changes: Partial<UnitAttributes>): JobUnit =>
  jobUnit({ name: 'a', attributes: { ...plainAttributes, ...changes } });
const triggers = plainAttributes.triggers;
const member = { name: 'a', image: null, configs: [], config: null, definition: null };

const container = containerUnit({
  name: 'web',
  image: { reference: 'registry.example/web:1', digest: sha256('web'), size: 1 },
});
const firmware: FirmwareUnit = {
  domain: 'firmware',
  name: 'core',
  disabled: false,
  requires: [],
  attributes: plainAttributes,
  processor: null,
  recovery: 'disabled',
  firmware: { ...artifact, url: 'https://example.org/core.elf' },
};

describe('when a target state says what this agent does not act on', () => {
  it.each<readonly [string, Parameters<typeof createTarget>[0][number], string]>([
    ['a container', container, "'web': units of kind 'containers'"],
    ['a firmware', firmware, "'core': units of kind 'firmware'"],
    ['a trigger', withAttributes({ triggers: { ...triggers, install: true } }), "'a': the trigger install"],
    [
      'an interval',
      withAttributes({ triggers: { ...triggers, intervalSeconds: 60 } }),
      "'a': the trigger interval",
    ],
    ['a run level', withAttributes({ runlevel: 1 }), "'a': run level 1"],
    ['a background unit', withAttributes({ background: true }), "'a': background"],
    ['a critical unit', withAttributes({ critical: true }), "'a': critical"],
    ['a health check', withAttributes({ health }), "'a': health"],
    [
      'an image on the server',
      jobUnit({
        name: 'a',
        members: [{ ...member, image: { ...artifact, version: '1' } }],
        attributes: plainAttributes,
      }),
      "'a': files that the server keeps",
    ],
  ])('names %s and its unit', (_, unit, said) => {
    const found = unsupportedIn(createTarget([unit]), ['jobs']);
    expect(found?.code).toBe('unsupported-feature');
    expect(found?.message).toContain(said);
    expect(found?.unit).toEqual({ domain: unit.domain, name: unit.name });
  });

  it.each<readonly [string, Partial<TargetSettings>]>([
    [
      "the time zone 'Mars/Olympus'",
      { apply: { kind: 'window', cron: '0 3 * * *', durationMs: 60_000, zone: 'Mars/Olympus' } },
    ],
    ['max-offline', { maxOfflineSeconds: 60 }],
    ['remove-containers', { removeContainers: ['old'] }],
  ])('names the setting %s, which is no unit’s', (said, changes) => {
    const found = unsupportedIn(createTarget([], { ...plainSettings, ...changes }), ['jobs']);
    expect(found).toMatchObject({ code: 'unsupported-feature', unit: null });
    expect(found?.message).toContain(said);
  });

  it('names everything at once', () => {
    const target = createTarget([container, withAttributes({ critical: true, background: true })]);
    expect(unsupportedIn(target, ['jobs'])?.message).toBe(
      "this agent does not know how to do: 'web': units of kind 'containers'; 'a': background; 'a': critical",
    );
  });

  it('has nothing against what it acts on, nor against what format 1 says', () => {
    expect(unsupportedIn(targetOf(jobUnit({ name: 'a' })), [])).toBeNull();
    const onRequest = withAttributes({ triggers: { boot: false, install: false, intervalSeconds: null } });
    expect(unsupportedIn(createTarget([onRequest, jobUnit({ name: 'b' })]), ['jobs'])).toBeNull();
    expect(unsupportedIn(createTarget([container, firmware]), ['jobs', 'containers', 'firmware'])).toBeNull();
  });

  it('refuses it before anything is fetched or touched', async () => {
    const rig = await startRig({ dir: await tempDir() });
    rig.engine.submit(revision(targetOf(job('a', 1))));
    await untilOutcomes(rig, 1);
    const calls = rig.domain.calls.length;
    rig.engine.submit(revision(createTarget([job('a', 2), container]), 2));
    await untilOutcomes(rig, 2);

    expect(rig.outcomes[1]).toMatchObject({
      result: 'refused',
      code: 'unsupported-feature',
      units: [
        { name: 'web', result: 'failed' },
        { name: 'a', result: 'rolled-back' },
      ],
    });
    expect(rig.domain.calls.slice(calls).filter((call) => call !== 'clean')).toEqual([]);
    expect(await rig.domain.snapshot()).toEqual({ a: { version: 'v1', runs: true } });
  });
});
