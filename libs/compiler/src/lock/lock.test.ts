// SPDX-License-Identifier: Apache-2.0
import { emptyLock, type LockFile } from '@fairlead/spec';
import { jobsOf } from '@fairlead/target/testing';
import { describe, expect, it } from 'vitest';
import {
  commitOf,
  compiledOf,
  deviceA,
  deviceB,
  diagnosticsOf,
  fleetOf,
  image,
  sha,
  targetOf,
  type Files,
} from '../commit.fixture.ts';
import { createCompiler } from '../compiler.ts';
import { createFindings } from '../findings.ts';
import { createLockView } from './lock-view.ts';

const url = 'https://example.org/a.tar';
const other = 'b'.repeat(64);
const md5 = 'C01B39c7a35ccc3b081a3e83d2c71fa9';
const job = { job: 'a', exec_cmd: 'x' };
const bare = { checksum: undefined, size: undefined };

const locked = (files: LockFile['files'], more: object = {}): Files => ({
  'fleet.lock.json': { ...emptyLock, files, ...more },
});
const entry = { digest: `sha256:${sha}`, size: 10 } as const;

/** A fleet with one image, and a lock. */
const fleet = (more: object, lock: Files = {}): Files => ({
  ...fleetOf({ jobs: [job], images: [image('a', more)] }),
  ...lock,
});

const remarks = async (files: Files) =>
  (await diagnosticsOf(files)).map(({ severity, code, file }) => `${severity} ${code} ${file}`);

function imageIn(files: Files) {
  return compiledOf(files).then((compiled) => {
    const [unit] = jobsOf(targetOf(compiled));
    return unit?.members[0]?.image;
  });
}

describe('when a download is not pinned where it is named', () => {
  it('is taken as the lock has it, and what stands here already is as ever', async () => {
    const pinned = { url, digest: `sha256:${sha}`, size: 10, format: 'tar', version: '1' };
    const lock = locked({ [url]: entry });
    expect(await imageIn(fleet(bare, lock))).toEqual(pinned);
    expect(await imageIn(fleet({ size: undefined }, lock))).toEqual(pinned);
    expect(await imageIn(fleet({ checksum: undefined }, lock))).toEqual(pinned);
    expect(await imageIn(fleet({}))).toEqual(pinned);
    expect(await imageIn(fleet({ checksum: { type: 'md5sum', value: md5 }, size: undefined }, lock))).toEqual(
      { ...pinned, md5: md5.toLowerCase() },
    );
  });

  it('is an error that names the command, at the place, where the lock lacks it', async () => {
    const found = await diagnosticsOf(fleet(bare, locked({})));
    expect(found).toMatchObject([{ code: 'reference-unlocked', file: 'running/0.json' }]);
    expect(found[0]?.hint).toContain('fairlead lock');
    expect(found[0]?.message).toBe(`${url} has no SHA-256 and no size`);
  });

  it('means another target when the lock changes, and none when it goes, with one compiler', async () => {
    const compiler = createCompiler();
    const targets = async (lock: Files) => {
      const result = await compiler.compile(commitOf(fleet(bare, lock)));
      return result.kind === 'compiled' ? result.targets.get(deviceA) : result.diagnostics[0]?.code;
    };
    const first = await targets(locked({ [url]: entry }));
    expect(await targets(locked({ [url]: { ...entry, size: 11 } }))).not.toBe(first);
    expect(await targets({})).toBe('reference-unlocked');
    expect(await targets(locked({ [url]: entry }, { 'x-by': 'me' }))).toBe(first);
    expect(await targets({ 'fleet.lock.json': '{' })).toBe('json-syntax');
  });
});

describe('when the lock says otherwise than the file', () => {
  it.each<[string, object, LockFile['files'][string]]>([
    ['size', { checksum: undefined, size: 9 }, entry],
    ['digest', { size: undefined }, { ...entry, digest: `sha256:${other}` }],
    ['digest of what is pinned whole', {}, { ...entry, digest: `sha256:${other}` }],
  ])('is an error with both places: %s', async (_, more, content) => {
    const found = await diagnosticsOf(fleet(more, locked({ [url]: content })));
    expect(found.map(({ code }) => code)).toEqual(['lock-mismatch']);
    expect(found[0]?.message).toMatch(/\(the other: fleet\.lock\.json:\d+:\d+\)$/);
  });
});

describe('when the lock cannot be read', () => {
  it('says that, and nothing of what it might hold', async () => {
    expect(await remarks(fleet(bare, { 'fleet.lock.json': '<<<<<<< HEAD' }))).toEqual([
      'error json-syntax fleet.lock.json',
    ]);
    expect(await remarks(fleet(bare, locked({ [url]: { ...entry, size: -1 } })))).toEqual([
      'error invalid-value fleet.lock.json',
    ]);
    expect(
      await remarks(fleet(bare, { 'fleet.lock.json': { files: { 'https://else': { size: 1 } } } })),
    ).toEqual(['error missing-key fleet.lock.json', 'error reference-unlocked running/0.json']);
  });
});

describe('when nothing refers to an entry of the lock', () => {
  it('warns at its key, unless an error may be the reason', async () => {
    const lock = locked(
      { [url]: entry, 'https://old': entry },
      { branches: { 'a#b': { commit: 'c'.repeat(40) } } },
    );
    expect(await remarks(fleet(bare, lock))).toEqual([
      'warning lock-unused fleet.lock.json',
      'warning lock-unused fleet.lock.json',
    ]);
    expect(await remarks(fleet({ ...bare, image_type: 'deb' }, lock))).toEqual([
      'error invalid-value running/0.json',
    ]);
    expect(await remarks(fleet({}, locked({ [url]: entry })))).toEqual([
      'warning lock-unused fleet.lock.json',
    ]);
  });
});

describe('when the references of a commit are collected', () => {
  const running = {
    jobs: [job, { job: 'b', exec_cmd: 'x' }],
    images: [
      image('a', { ...bare, url: 'https://example.org/{{vars.NAME}}.tar' }),
      image('b', { checksum: { type: 'md5sum', value: md5 } }),
    ],
  };
  const files: Files = {
    ...fleetOf(running),
    'devices.json': {
      [deviceA]: { group: 'g', vars: { NAME: 'one' } },
      [deviceB]: { group: 'g', vars: { NAME: 'two' } },
    },
    'running/draft.json': { config: 'running', jobs: [job], images: [image('a', bare)] },
    ...locked({ 'https://example.org/one.tar': entry }),
  };

  it('tells each meaning of each, with its place and what is pinned there', async () => {
    const { references, lock, diagnostics } = await createCompiler().references(commitOf(files));
    expect(references.map(({ reference, pins, place }) => [reference, pins, place.file, place.line])).toEqual(
      [
        [{ kind: 'file', url: 'https://example.org/one.tar' }, {}, 'running/0.json', 17],
        [{ kind: 'file', url: 'https://example.org/two.tar' }, {}, 'running/0.json', 17],
        [{ kind: 'file', url }, { md5: md5.toLowerCase(), size: 10 }, 'running/0.json', 23],
        [{ kind: 'file', url }, {}, 'running/draft.json', 13],
      ],
    );
    expect(lock.files).toEqual({ 'https://example.org/one.tar': entry });
    expect(diagnostics.filter(({ severity }) => severity === 'error')).toHaveLength(2);
  });

  it('leaves out what a variable would complete, and what only the device knows', async () => {
    const { references, diagnostics } = await createCompiler().references(
      commitOf(
        fleetOf({
          jobs: running.jobs,
          images: [running.images[0], image('b', { ...bare, url: 'https://e.org/{{secrets.T}}' })],
        }),
      ),
    );
    expect(references).toEqual([]);
    expect(diagnostics.map(({ code }) => code)).toEqual(['variable-undefined', 'placeholder-misplaced']);
  });
});

describe('when other sources look into the lock', () => {
  const pod = { id: `sha256:${sha}`, specification: { version: 1 }, blobs: {} } as const;
  const value: LockFile = {
    images: { 'docker.io/library/alpine:3': entry, [`r.io/a@sha256:${other}`]: entry },
    files: {},
    branches: { 'https://a/b.git#main': { commit: 'c'.repeat(40) } },
    pods: { 'p@1': pod },
  };
  const source = { file: 'f.json', pointer: '/a' };
  const ask = () => {
    const findings = createFindings();
    const view = createLockView({ value, faulty: new Set() });
    return { findings, view, codes: () => [...findings.all].map(({ problem }) => problem.code) };
  };

  it('finds images by any way of writing them, branches and pods', () => {
    const { view, findings, codes } = ask();
    expect(view.image('alpine:3', source, findings)).toEqual({
      ...entry,
      reference: `docker.io/library/alpine@sha256:${sha}`,
    });
    expect(view.branch('https://a/b.git', 'main', source, findings)).toEqual({ commit: 'c'.repeat(40) });
    expect(view.pod('p@1', source, findings)).toBe(pod);
    expect(codes()).toEqual([]);
    expect(view.uses.map(({ reference }) => reference.kind)).toEqual(['image', 'branch', 'pod']);
  });

  it('reports what is missing, what is no reference, and a digest that the lock gainsays', () => {
    const { view, findings, codes } = ask();
    expect(view.image('alpine', source, findings)).toBeUndefined();
    expect(view.image('Alpine', source, findings)).toBeUndefined();
    expect(view.image(`r.io/a:1@sha256:${other}`, source, findings)).toBeUndefined();
    expect(view.image('{{vars.IMAGE}}', source, findings)).toBeUndefined();
    expect(view.branch('https://a/b.git', 'next', source, findings)).toBeUndefined();
    expect(view.pod('p@2', source, findings)).toBeUndefined();
    expect(codes()).toEqual([
      'reference-unlocked',
      'invalid-value',
      'lock-mismatch',
      'reference-unlocked',
      'reference-unlocked',
    ]);
    expect(view.uses).toHaveLength(4);
  });
});
