// SPDX-License-Identifier: Apache-2.0
import { silentLogger } from '@fairlead/base';
import type { Repository } from '@fairlead/git';
import { git, gitEnv, runOk, systemClock } from '@fairlead/testing';
import { createEd25519Key, ed25519Signer } from '@fairlead/trust/sign';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  at,
  bareRepository,
  enrolled,
  fsck,
  lines,
  newLog,
  oidOf,
  openedLog,
  revisionOf,
  signer,
} from './fleet-log.fixture.ts';
import { openFleetLog } from './fleet-log.ts';
import { readLastRevision } from './last-revision.ts';
import { readFleetLog } from './read-log.ts';
import type { LogRecord } from './record.ts';

const ref = 'refs/fairlead/revisions';
const [first, second, third] = ['first', 'second', 'third'].map(oidOf) as [string, string, string];

describe('when records are appended', () => {
  it('come to the same state in a new process', async () => {
    const dir = await bareRepository();
    const { log } = await openedLog(dir);
    const diagnostics = [
      {
        code: 'json-syntax' as const,
        message: 'wrong',
        hint: 'mend',
        file: 'fleet.json',
        line: 3,
        column: 1,
      },
    ];
    const batches: readonly (readonly LogRecord[])[] = [
      [enrolled('d'), revisionOf(first, 4)],
      [{ kind: 'refreshed', at, targets: 't2', snapshot: 's2', timestamp: 'x2' }],
      [
        { kind: 'skipped', at, commit: second, by: third },
        { kind: 'refused', at, commit: third, code: 'invalid-input', diagnostics },
      ],
      [{ kind: 'refused', at, commit: oidOf('rewritten'), code: 'history-rewritten', diagnostics: [] }],
    ];
    for (const records of batches) expect(await log.append(records)).toEqual({ ok: true, value: undefined });
    const state = (await openedLog(dir)).log.state();
    expect(state).toEqual(log.state());
    expect(state).toMatchObject({ head: third, counter: 4, revision: { commit: first, timestamp: 'x2' } });
    expect(state.enrolments.get('token-d')).toBe('PEM of d');
    expect(state.lately.map(({ commit }) => commit)).toEqual([second, third, oidOf('rewritten')]);
    const { repository } = await newLog(dir);
    const entries = await readFleetLog(repository, 'main');
    expect(entries.ok && entries.value.map((entry) => entry.kind === 'record' && entry.record)).toEqual(
      batches.flat(),
    );
    expect(await readLastRevision(repository, 'main')).toMatchObject({
      ok: true,
      value: { commit: first, counter: 4, targetsVersion: 0 },
    });
    expect(await readLastRevision(repository, 'other')).toEqual({ ok: true, value: null });
  });

  it('are refused where nobody could read them back', async () => {
    const dir = await bareRepository();
    const { log } = await openedLog(dir);
    const record = { ...enrolled('d'), more: 'than a record says' };
    await expect(log.append([record])).rejects.toMatchObject({ code: 'internal' });
    expect(await log.append([enrolled('d')])).toMatchObject({ ok: true });
    expect((await openedLog(dir)).log.state().enrolments.size).toBe(1);
  });

  it('share a commit when they wait together, and each commit is signed as git reads it', async () => {
    const dir = await bareRepository();
    const { log } = await openedLog(dir);
    await Promise.all(['a', 'b', 'c', 'd'].map((name) => log.append([enrolled(name)])));
    const commits = await lines(dir, 'rev-list', ref);
    expect(commits).toHaveLength(1);
    await log.append([enrolled('e')]);
    for (const commit of await lines(dir, 'rev-list', ref)) await git(dir, 'verify-commit', commit);
    const shown = await runOk('git', ['log', '--show-signature', ref], { cwd: dir, env: gitEnv });
    expect(shown.match(/Good "git" signature for fairlead@localhost/g)).toHaveLength(2);
    expect(shown).toContain('4 records');
    await fsck(dir);
  });

  it('lie under a name of their own for each branch', async () => {
    const dir = await bareRepository();
    for (const branch of ['main', 'a/b', 'a-b', 'a', 'a%2Fb']) {
      const { log } = await openedLog(dir, { branch });
      await log.append([enrolled(branch)]);
      expect([...(await openedLog(dir, { branch })).log.state().enrolments.keys()]).toEqual([
        `token-${branch}`,
      ]);
    }
    expect(await lines(dir, 'for-each-ref', 'refs/fairlead')).toHaveLength(5);
    await fsck(dir);
  });

  it('are read back once', async () => {
    const dir = await bareRepository();
    const { log } = await openedLog(dir);
    const batches = 20;
    for (let i = 0; i < batches; i += 1)
      await log.append(Array.from({ length: 500 }, (_, k) => enrolled(`${i}-${k}`)));
    const { repository } = await newLog(dir);
    let reads = 0;
    const counting: Repository = {
      ...repository,
      commits(oids, options) {
        reads += oids.length;
        return repository.commits(oids, options);
      },
    };
    const again = openFleetLog({
      repository: counting,
      branch: 'main',
      signer,
      replica: 'a',
      clock: systemClock,
      logger: silentLogger,
    });
    await again.open(() => undefined);
    expect(again.state().enrolments.size).toBe(10_000);
    expect(reads).toBe(batches);
    await again.append([enrolled('one more')]);
    reads = 0;
    await again.sync();
    expect(reads).toBe(0);
  });
});

describe('when somebody else writes there', () => {
  it('writes nothing that was decided by an older state, also where the log was read again since', async () => {
    const dir = await bareRepository();
    const [one, two] = [await openedLog(dir), await openedLog(dir)];
    const { head } = two.log.state();
    await one.log.append([revisionOf(oidOf('first'), 1)]);
    await two.log.sync();
    const stands = (state: { readonly head: string | null }): boolean => state.head === head;
    expect(await two.log.append([revisionOf(oidOf('first'), 1)], { stands })).toMatchObject({
      ok: false,
      error: { code: 'ref-contended' },
    });
    expect(await lines(dir, 'rev-list', ref)).toHaveLength(1);
    expect(await two.log.append([revisionOf(oidOf('second'), 2)], { stands: () => true })).toMatchObject({
      ok: true,
    });
  });

  it('believes no commit that is not signed by us, and signs nothing on top of it', async () => {
    const dir = await bareRepository();
    const { log } = await openedLog(dir);
    await log.append([enrolled('a')]);
    const head = (await lines(dir, 'rev-parse', ref))[0] ?? '';
    const tree = (await lines(dir, 'rev-parse', `${ref}^{tree}`))[0] ?? '';
    const forged = (await lines(dir, 'commit-tree', '-p', head, '-m', 'mine', tree))[0] ?? '';
    await git(dir, 'update-ref', ref, forged);
    expect(await log.append([enrolled('b')])).toMatchObject({ ok: false, error: { code: 'log-forged' } });
    expect(await log.append([enrolled('c')])).toMatchObject({ ok: false, error: { code: 'log-forged' } });
    expect(await lines(dir, 'rev-parse', ref)).toEqual([forged]);
    await expect(openedLog(dir)).rejects.toThrow('log-forged');
    await git(dir, 'update-ref', ref, head);
    expect(await log.append([enrolled('d')])).toMatchObject({ ok: true });
    await expect(openedLog(dir, { by: ed25519Signer(createEd25519Key()) })).rejects.toThrow('log-forged');
  });

  it('notices a log that was cut, and writes nothing over the gap', async () => {
    const dir = await bareRepository();
    const { log } = await openedLog(dir);
    await log.append([enrolled('a')]);
    await log.append([enrolled('b')]);
    await git(dir, 'update-ref', ref, `${ref}~1`);
    expect(await log.append([enrolled('c')])).toMatchObject({ ok: false, error: { code: 'log-behind' } });
    expect(await log.sync()).toMatchObject({ ok: false, error: { code: 'log-behind' } });
    expect([...log.state().enrolments.keys()]).toEqual(['token-a', 'token-b']);
  });

  it('loses no record of two servers, whatever their order', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 0, max: 1 }), { minLength: 2, maxLength: 12 }),
        async (order) => {
          const dir = await bareRepository();
          const servers = [await openedLog(dir), await openedLog(dir)];
          let race = Promise.resolve();
          await Promise.all(
            order.map(async (who, index) => {
              if (index % 3 === 0) await race;
              const log = servers[who]!.log;
              const write = async (): Promise<void> => {
                for (;;) {
                  const done = await log.append([enrolled(String(index))]);
                  if (done.ok) return;
                  expect(done.error.code).toBe('ref-contended');
                  if (log.state().enrolments.has(`token-${index}`)) return;
                }
              };
              race = write();
              return race;
            }),
          );
          const { log } = await openedLog(dir);
          expect([...log.state().enrolments.keys()].sort()).toEqual(order.map((_, i) => `token-${i}`).sort());
          for (const server of servers) {
            await server.log.sync();
            expect(server.log.state()).toEqual(log.state());
          }
          await fsck(dir);
        },
      ),
      { numRuns: 8 },
    );
  }, 60_000);
});
