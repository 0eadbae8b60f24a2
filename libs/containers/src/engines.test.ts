// SPDX-License-Identifier: Apache-2.0
import { rm } from 'node:fs/promises';
import type { Domain, SecretSource } from '@fairlead/engine';
import { plainAttributes, unitDigest, type ContainerUnit } from '@fairlead/target';
import { canRunEngines, registryLogin, tempDir, waitFor } from '@fairlead/testing';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { DriverSettings } from './settings.ts';
import { startCutSocket } from './cut-socket.fixture.ts';
import { bring, createRig, engineNames, type Rig, type RigDevice } from './rig.fixture.ts';

const { signal } = new AbortController();
/** Much longer than what is watched lives. */
const longWindow = { graceMs: 1_000, healthWindowMs: 10_000, deadlineMs: 60_000, pollMs: 100 };
const untilAsked = ['sh', '-c', "trap 'exit 0' TERM; while :; do sleep 0.1; done"];

describe.skipIf(!canRunEngines()).each(engineNames)(
  'when containers run on %s',
  { timeout: 60_000 },
  (name) => {
    let rig: Rig;
    beforeAll(async () => {
      rig = await createRig(name);
    }, 60_000);
    afterAll(() => rig.close(), 60_000);

    async function started(
      secrets?: SecretSource,
      settings?: Partial<DriverSettings>,
    ): Promise<{ domain: Domain<ContainerUnit>; device: RigDevice }> {
      const device = await rig.device(secrets);
      const domain = device.open(settings && { settings });
      await domain.start(signal);
      onTestFinished(async () => {
        await domain.stop();
        await device.dispose();
      });
      return { domain, device };
    }
    const conditionOf = async (domain: Domain<ContainerUnit>, unit = 'app') =>
      (await domain.observe(signal)).find((seen) => seen.name === unit)?.condition;
    const linesOf = async (domain: Domain<ContainerUnit>, unit = 'app'): Promise<readonly string[]> => {
      const lines: string[] = [];
      const query = { lines: 100, since: null, follow: false, signal };
      for await (const { stream, text } of (await domain.logs(unit, query)) ?? [])
        lines.push(`${stream} ${text}`);
      return lines;
    };
    const stateOf = async (container: string) => {
      const found = await rig.engine.ask('GET', `/containers/${container}/json`);
      return (found as { readonly State: { readonly Running: boolean; readonly StartedAt: string } }).State;
    };
    const idOf = async (container: string): Promise<string> =>
      ((await rig.engine.ask('GET', `/containers/${container}/json`)) as { readonly Id: string }).Id;
    const kill = (container: string) => rig.engine.ask('POST', `/containers/${container}/kill`);

    it('gives the program what its settings say', async () => {
      const { domain } = await started();
      const folder = await tempDir('mount');
      const script = [
        'echo $A-$OF_IMAGE-$(id -u)-$(cat /proc/sys/kernel/hostname)',
        'touch /ro/x 2>/dev/null || echo read-only >&2',
        'touch /t/x && touch /vol/x && echo writable',
        'cat /proc/self/status | while read k v; do [ $k = CapEff: ] && echo $v; done',
        'cat /etc/hosts | while read a n; do [ "$n" = peer ] && echo $a; done',
        'true',
      ].join('; ');
      const unit = rig.unit('app', ['sh', '-c', script], {
        env: { A: 'set' },
        user: '1234',
        hostname: 'of-unit',
        extraHosts: [{ name: 'peer', to: { kind: 'address', address: '192.0.2.7' } }],
        capabilities: { add: [], drop: ['ALL'] },
        mounts: [
          {
            source: { kind: 'host', path: folder, propagation: 'rprivate', relabel: 'none' },
            target: '/ro',
            readOnly: true,
          },
        ],
        tmpfs: [
          {
            target: '/t',
            readOnly: false,
            exec: false,
            suid: false,
            dev: false,
            sizeBytes: 65_536,
            mode: 0o777,
          },
          {
            target: '/vol',
            readOnly: false,
            exec: false,
            suid: false,
            dev: false,
            sizeBytes: null,
            mode: 0o1777,
          },
        ],
        attributes: {
          ...plainAttributes,
          resources: { memoryBytes: 64 * 2 ** 20, milliCpus: 500, pids: 50 },
        },
      });
      await bring(domain, unit);
      expect(await domain.health(unit, signal)).toMatchObject({ ok: true });
      expect(await conditionOf(domain)).toEqual({ kind: 'finished' });
      expect((await linesOf(domain)).toSorted()).toEqual(
        [
          'stderr read-only',
          'stdout 0000000000000000',
          'stdout 192.0.2.7',
          'stdout set-yes-1234-of-unit',
          'stdout writable',
        ].toSorted(),
      );
      const inspected = await rig.engine.ask('GET', '/containers/app/json');
      expect(inspected).toMatchObject({
        HostConfig: { Memory: 64 * 2 ** 20, NanoCpus: 500_000_000, PidsLimit: 50 },
      });
    });

    it('refuses by name what the engine would not do, before anything is there', async () => {
      const { domain } = await started();
      for (const [unit, why] of [
        [rig.unit('a', null), 'a name of one character'],
        [rig.unit('app', null, { update: 'hand-over' }), 'update: hand-over'],
        [rig.unit('app', null, { env: { A: '{{secrets.A}}' } }), 'secrets'],
        ...(name === 'podman'
          ? [[rig.unit('app', null, { domainName: 'x' }), 'a domain name'] as const]
          : []),
      ] as const) {
        const staged = await domain.stage(unit, signal);
        expect(staged).toMatchObject({ ok: false, error: { code: 'unsupported-feature' } });
        expect(JSON.stringify(staged)).toContain(why);
      }
      const resources = { memoryBytes: 2 ** 20, milliCpus: null, pids: null };
      const tooSmall = rig.unit('app', null, { attributes: { ...plainAttributes, resources } });
      // Podman takes it, and leaves the program to its fate.
      if (name === 'docker')
        expect(await domain.stage(tooSmall, signal)).toMatchObject({
          ok: false,
          error: { code: 'engine-refused' },
        });
      expect(await domain.observe(signal)).toEqual([]);
    });

    it('pulls with a login, and says why an image is not to be had', async () => {
      const login = { value: `${registryLogin.user}:${registryLogin.password}`, mark: '1' };
      const locked = await rig.engine.push('locked', ['true'], 'locked');
      const host = locked.reference.split('/')[0] ?? '';
      const given: Record<string, typeof login> = {};
      const { domain } = await started({ read: (key) => given[key] ?? null, mark: () => null });
      const unit = rig.unit('app', null, { image: locked });
      expect(await domain.stage(unit, signal)).toMatchObject({
        ok: false,
        error: { code: 'image-unavailable' },
      });
      given[`registry/${host}`] = { ...login, value: 'user:wrong' };
      expect(await domain.stage(unit, signal)).toMatchObject({
        ok: false,
        error: { code: 'image-unavailable' },
      });
      given[`registry/${host}`] = login;
      expect(await domain.stage(unit, signal)).toMatchObject({ ok: true });

      const unknown = { ...rig.image, digest: `sha256:${'0'.repeat(64)}` } as const;
      const staged = await domain.stage(rig.unit('other', null, { image: unknown }), signal);
      expect(staged).toMatchObject({ ok: false, error: { code: 'image-unavailable' } });
      expect((await domain.observe(signal)).map((seen) => seen.name)).toEqual(['app']);
    });

    it('leaves the containers of others alone, also one that has the name of a unit', async () => {
      const { domain } = await started();
      const { domain: neighbour } = await started();
      await bring(neighbour, rig.unit('theirs', untilAsked));
      const id = await idOf('theirs');
      expect(await domain.stage(rig.unit('theirs', null), signal)).toMatchObject({
        ok: false,
        error: { code: 'name-taken' },
      });
      await domain.heal([], signal);
      await domain.clean(new Map(), signal);
      await domain.stopUnit('theirs', signal);
      expect(await conditionOf(neighbour, 'theirs')).toEqual({ kind: 'running' });
      expect(await idOf('theirs')).toBe(id);
    });

    it('starts again what ends, and finds one that ends again and again unhealthy', async () => {
      const { domain } = await started(undefined, longWindow);
      const loop = rig.unit('app', ['sh', '-c', 'sleep 0.2; exit 3'], { restart: { kind: 'always' } });
      await bring(domain, loop);
      expect(await domain.ready(loop, signal)).toMatchObject({ ok: true });
      const health = await domain.health(loop, signal);
      expect(health).toMatchObject({ ok: false, error: { code: 'health-failed' } });
      expect(JSON.stringify(health)).toContain('exit code 3');
      expect(await domain.stopUnit('app', signal)).toMatchObject({ ok: true });

      const steady = rig.unit('app', untilAsked, { restart: { kind: 'unless-stopped' } });
      await bring(domain, steady);
      const before = await stateOf('app');
      await kill('app');
      await waitFor(async () => {
        const now = await stateOf('app');
        return now.Running && now.StartedAt !== before.StartedAt;
      });
    });

    it('says that one was killed for lack of memory, or most likely so', async () => {
      const { domain } = await started(undefined, longWindow);
      const resources = { memoryBytes: 16 * 2 ** 20, milliCpus: null, pids: null };
      const unit = rig.unit('app', ['sh', '-c', 'exec tail /dev/zero'], {
        attributes: { ...plainAttributes, resources },
        swapBytes: 16 * 2 ** 20,
      });
      await bring(domain, unit);
      const health = await domain.health(unit, signal);
      expect(health).toMatchObject({ ok: false });
      expect(JSON.stringify(health)).toMatch(/more memory than it may|for lack of memory/);
    });

    it('makes a container anew that was removed behind its back', async () => {
      const { domain } = await started();
      const unit = rig.unit('app', untilAsked);
      await bring(domain, unit);
      const expected = [{ unit, digest: unitDigest(unit), runs: true }];
      expect(await domain.heal(expected, signal)).toEqual([]);
      await rig.engine.ask('DELETE', '/containers/app?force=1');
      const drift = await domain.heal(expected, signal);
      expect(drift[0]).toEqual({ name: 'app', message: 'its container was missing', healed: true });
      expect(await conditionOf(domain)).toEqual({ kind: 'running' });
    });

    it('goes on where it was when the engine was killed and comes back', async () => {
      const { domain } = await started();
      const unit = rig.unit('app', untilAsked, { restart: { kind: 'always' } });
      await bring(domain, unit);
      const id = await idOf('app');
      await rig.engine.killEngine(async () => {
        expect(await conditionOf(domain)).toEqual({ kind: 'running' });
        const drift = await domain.heal([{ unit, digest: unitDigest(unit), runs: true }], signal);
        expect(drift).toMatchObject([{ name: 'app', healed: false }]);
        expect(await domain.stage(rig.unit('other', null), signal)).toMatchObject({
          ok: false,
          error: { code: 'engine-unreachable' },
        });
      });
      expect(await conditionOf(domain)).toEqual({ kind: 'running' });
      expect(await idOf('app')).toBe(id);
      const before = await stateOf('app');
      await kill('app');
      await waitFor(async () => {
        const now = await stateOf('app');
        return now.Running && now.StartedAt !== before.StartedAt;
      });
    });

    it('does a step again that was cut short after any of its changes, and ends where it would have', async () => {
      const device = await rig.device();
      onTestFinished(device.dispose);
      const [old, next] = [rig.unit('app', untilAsked), rig.unit('app', untilAsked, { env: { A: '2' } })];
      const steps = (domain: Domain<ContainerUnit>) => [
        () => domain.stage(next, signal),
        () => domain.stopUnit('app', signal),
        () => domain.switchUnit('app', unitDigest(next), signal),
        () => domain.activate(next, signal),
      ];
      const first = device.open();
      await first.start(signal);
      await bring(first, old);
      await first.stop();
      let cuts = 0;
      for (const index of [0, 1, 2, 3]) {
        for (let changes = 0; ; changes += 1) {
          const cut = await startCutSocket(rig.engine.socket);
          const dying = device.open({ engine: cut.path });
          await dying.start(signal);
          cut.cutAfter(changes);
          const done = await steps(dying)[index]?.();
          await dying.stop();
          if (done?.ok === true) break;
          cuts += 1;
        }
      }
      // Each cut let one change more through than the one before, until the step was whole.
      expect(cuts).toBeGreaterThanOrEqual(4);
      const last = device.open();
      await last.start(signal);
      expect(await last.observe(signal)).toMatchObject([
        { name: 'app', digest: unitDigest(next), condition: { kind: 'running' } },
      ]);
      await last.stopUnit('app', signal);
      expect(await last.switchUnit('app', unitDigest(old), signal)).toMatchObject({ ok: true });
      expect(await last.activate(old, signal)).toMatchObject({ ok: true });
      await last.clean(new Map([['app', [unitDigest(old)]]]), signal);
      expect(await last.observe(signal)).toMatchObject([
        { digest: unitDigest(old), staged: [unitDigest(old)] },
      ]);
      await last.stop();
    });

    it('refuses an image that the registry has lost', async () => {
      const image = await rig.engine.push('lost', ['true'], 'open');
      const { domain } = await started();
      await rm(`${rig.engine.registryFiles()}/docker/registry/v2/repositories/lost/_manifests/revisions`, {
        recursive: true,
      });
      const staged = await domain.stage(rig.unit('app', null, { image }), signal);
      expect(staged).toMatchObject({ ok: false, error: { code: 'image-unavailable' } });
    });
  },
);
