// SPDX-License-Identifier: Apache-2.0
import { sha256 } from '@fairlead/base';
import { leafBytes, leafHash, parseManifest, revisionId, verifyInclusion } from '@fairlead/trust/verify';
import { jobsOf } from '@fairlead/target/testing';
import { describe, expect, it } from 'vitest';
import {
  bytesOf,
  commitOf,
  compiledOf,
  deviceA,
  deviceB,
  deviceC,
  fleet,
  run,
  targetOf,
} from './commit.fixture.ts';
import { createCompiler } from './compiler.ts';

describe('when a commit has no errors', () => {
  it('gives each device the target of its group, in byte order of ids', async () => {
    const compiled = await compiledOf(fleet);
    expect([...compiled.targets.keys()]).toEqual([deviceA, deviceB, deviceC]);
    expect(compiled.devices.get(deviceA)).toEqual({
      name: 'first',
      group: 'north',
      index: 0,
      target: compiled.targets.get(deviceA),
      format: 1,
    });
    expect(jobsOf(targetOf(compiled, deviceA))[0]?.program).toBe('/n');
    expect(compiled.targets.get(deviceB)).toBe(compiled.targets.get(deviceC));
    expect([...compiled.groups]).toEqual([
      ['idle', []],
      ['north', [deviceA]],
      ['south', [deviceB, deviceC]],
    ]);
    for (const [digest, bytes] of compiled.bodies) expect(sha256(bytes)).toBe(digest);
  });

  it('says in the manifest what the commit means, and proves the place of each device in it', async () => {
    const compiled = await compiledOf(fleet);
    expect(parseManifest(compiled.manifestBytes)).toEqual({ ok: true, value: compiled.manifest });
    expect(compiled.manifest).toMatchObject({
      format: 1,
      edition: 1,
      fleet: sha256(bytesOf(fleet['trust/root/1.json'])),
      branch: 'main',
      commit: 'c'.repeat(40),
      tree: 'd'.repeat(40),
      time: '2026-01-02T03:04:05Z',
      counter: 7,
      devices: 3,
    });
    expect(compiled.revision).toBe(revisionId(compiled.manifestBytes));
    for (const [device, { index, target }] of compiled.devices) {
      const inclusion = {
        leaf: leafHash(leafBytes(device, target)),
        index,
        count: 3,
        proof: compiled.tree.proof(index),
        root: compiled.tree.root,
      };
      expect(verifyInclusion(inclusion)).toBe(true);
    }
  });

  it('puts nothing of the commit and of the device into a target', async () => {
    const compiled = await compiledOf(fleet);
    const text = [...compiled.bodies.values()].map((bytes) => Buffer.from(bytes).toString()).join('');
    expect(
      [deviceA, deviceB, deviceC, 'c'.repeat(40), '2026-01-02'].filter((part) =>
        text.toLowerCase().includes(part),
      ),
    ).toEqual([]);
  });

  it('adds the offset of accepted rewrites to the counter', async () => {
    expect(
      (await compiledOf({ ...fleet, 'trust/history.json': { offset: 100, replaced: ['a'.repeat(40)] } }))
        .manifest.counter,
    ).toBe(107);
  });

  it('gives a retired group a target without units', async () => {
    const compiled = await compiledOf({ ...fleet, 'devices.json': { [deviceA]: { group: 'idle' } } });
    expect(targetOf(compiled)).toEqual({ format: 1, units: [] });
  });
});

describe('when commits follow each other', () => {
  it('reads only what changed, and means the same as from the start', async () => {
    const compiler = createCompiler();
    const reads: string[] = [];
    await compiler.compile(commitOf(fleet));
    const changed = { ...fleet, 'running/s.json': run('/changed') };
    const warm = await compiler.compile(commitOf(changed, { reads }));
    expect(reads).toHaveLength(1);
    const { tree: warmTree, ...warmRest } = warm.kind === 'compiled' ? warm : await compiledOf({});
    const { tree: coldTree, ...coldRest } = await compiledOf(changed);
    expect(warmRest).toEqual(coldRest);
    expect([0, 1, 2].map((index) => warmTree.proof(index))).toEqual(
      [0, 1, 2].map((index) => coldTree.proof(index)),
    );
  });

  it('keeps no error of an earlier commit', async () => {
    const compiler = createCompiler();
    expect((await compiler.compile(commitOf({ ...fleet, 'running/n.json': '{' }))).kind).toBe('refused');
    expect((await compiler.compile(commitOf(fleet))).kind).toBe('compiled');
    expect((await compiler.compile(commitOf({ ...fleet, 'running/n.json': '{' }))).kind).toBe('refused');
  });

  it('changes no target by what says nothing about it', async () => {
    const before = await compiledOf(fleet);
    const after = await compiledOf({ ...fleet, 'README.md': 'hello', 'running/s.json': run('/other') });
    expect(after.targets.get(deviceA)).toBe(before.targets.get(deviceA));
    expect(after.manifest.root).not.toBe(before.manifest.root);
  });
});
