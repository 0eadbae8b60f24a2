// SPDX-License-Identifier: Apache-2.0
import { sha256, silentLogger, type Clock, type Digest } from '@fairlead/base';
import { createCommitCompiler } from '@fairlead/commits';
import { openRepository, type Ed25519Signer, type Repository } from '@fairlead/git';
import {
  createAuthorityKeys,
  createEnrolmentKey,
  createToken,
  openAuthority,
} from '@fairlead/identity/authority';
import { createCsr, createDeviceKey } from '@fairlead/identity/device';
import { openFleetLog, recordedVersions, type FleetLog, type LogRecord } from '@fairlead/log';
import { git, systemClock } from '@fairlead/testing';
import {
  createEd25519Key,
  ed25519Signer,
  signRevision,
  signRoot,
  type SignedRevision,
} from '@fairlead/trust/sign';
import { receiptHash, sealReceipt, type Receipt } from '@fairlead/trust/verify';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

const day = 86_400_000;
const { signal } = new AbortController();

export const [alpha, beta, gamma, delta] = [
  '0b1e7a52-3c64-4f0e-8d0b-5a1c9f2e4d01',
  '4d2f9c86-71ab-4e3d-9c5e-b80a6d3f1e02',
  '6a0c3d18-2b5f-4c7a-8e19-d4f7b2a90c03',
  '8c4e1f07-9d36-4b82-a5c0-13e6f8d72b04',
] as const;

const files: Readonly<Record<string, unknown>> = {
  'fleet.json': {
    id: '5f4be3c2-8f0d-4c57-9a41-6f1f0d0c7e11',
    groups: {
      gateways: { 'running-config': ['running/gateways.json'] },
      sensors: { 'running-config': ['running/sensors.json'] },
    },
  },
  'devices.json': {
    [alpha]: { name: 'alpha', group: 'gateways' },
    [beta]: { name: 'beta', group: 'gateways' },
    [gamma]: { name: 'gamma', group: 'sensors' },
    [delta]: { name: 'delta', group: 'sensors' },
  },
};

/** A running config of one job. */
export function running(job: string, seconds: number): unknown {
  return { config: 'running', jobs: [{ job, exec_cmd: 'sleep', exec_args: [String(seconds)] }] };
}

/** What a device needs to go on with its chain. */
interface DeviceState {
  readonly key: string;
  readonly instance: string;
  seq: number;
  previous: Digest | null;
  runs: Digest | null;
}

type OnlineRole = 'targets' | 'snapshot' | 'timestamp';

/** What a server does to a fleet repository, done here one step at a time, with a clock that is moved by hand. */
export interface AuditedFleet {
  /** Bare. */
  readonly dir: string;
  readonly repository: Repository;
  readonly root: Buffer;
  readonly fleet: Digest;
  /** Changes files and commits; the commit's id. Null: the file goes. */
  commit(files: Readonly<Record<string, unknown>>, message?: string): Promise<string>;
  /** Runs git where the commits are made. */
  git(...args: readonly string[]): Promise<string>;
  push(): Promise<void>;
  /** The commit becomes a revision; `skipped` came with it. */
  deploy(commit: string, skipped?: readonly string[]): Promise<void>;
  refuse(commit: string): Promise<void>;
  refresh(): Promise<void>;
  append(records: readonly LogRecord[]): Promise<void>;
  enrol(device: string, options?: { readonly by?: string }): Promise<void>;
  renew(device: string): Promise<void>;
  revoke(device: string): Promise<void>;
  /** Signs the root that follows, with another snapshot key, which is used from the next deployment on; the file. */
  rotateSnapshotKey(): Readonly<Record<string, unknown>>;
  /** Each of the devices answers the newest revision; their receipts share a batch of this server. */
  receipts(server: 'x' | 'y', ...of: readonly (readonly [string, Partial<Receipt>?])[]): Promise<void>;
  /** What a device signs with, to let it sign with that again. */
  keyOf(device: string): DeviceState;
  useKey(device: string, state: DeviceState): void;
  wait(ms: number): void;
  now(): number;
  /** The snapshot keys so far. */
  readonly snapshotSigners: () => readonly Ed25519Signer[];
}

/** `base`: an empty folder. */
export async function createAuditedFleet(base: string): Promise<AuditedFleet> {
  let now = Date.UTC(2026, 9, 20, 8);
  const clock: Clock = {
    now: () => now,
    monotonic: () => performance.now(),
    sleep: (ms, until) => systemClock.sleep(Math.min(ms, 1), until),
  };
  const at = (): string => new Date(now).toISOString();
  const newSigner = (): Ed25519Signer & ReturnType<typeof ed25519Signer> => ed25519Signer(createEd25519Key());

  const rootSigner = newSigner();
  const online: Record<OnlineRole, ReturnType<typeof newSigner>> = {
    targets: newSigner(),
    snapshot: newSigner(),
    timestamp: newSigner(),
  };
  let next = online.snapshot;
  const signersSoFar = [online.snapshot];
  const snapshotKeys = [[online.snapshot.publicKey]];
  const caKeys = await createAuthorityKeys(now);
  const authority = openAuthority(caKeys);
  const rootOf = (version: number): Buffer => {
    const role = (key: ReturnType<typeof newSigner>) => ({ keys: [key.publicKey], threshold: 1 });
    const { targets, timestamp } = online;
    const roles = {
      root: role(rootSigner),
      targets: role(targets),
      snapshot: role(next),
      timestamp: role(timestamp),
    };
    return Buffer.from(
      signRoot({ version, expires: now + 3650 * day, roles, ca: [authority.fingerprint] }, [rootSigner]),
    );
  };
  const root = rootOf(1);
  const fleet = sha256(root);
  const enrolmentKey = createEnrolmentKey();

  const [dir, work] = [join(base, 'fleet.git'), join(base, 'work')];
  await mkdir(work);
  await git(work, 'init', '-q', '-b', 'main');
  await git(base, 'init', '-q', '--bare', '-b', 'main', dir);
  await git(work, 'remote', 'add', 'origin', dir);
  const opened = await openRepository(dir, { clock: systemClock });
  if (!opened.ok) throw new Error(opened.error.message);
  const repository = opened.value;
  const compiler = createCommitCompiler(repository, 'main');

  const logSigner: Ed25519Signer = {
    get publicKey() {
      return online.snapshot.publicKey;
    },
    sign: (data) => online.snapshot.sign(data),
  };
  const logOf = (replica: string): FleetLog =>
    openFleetLog({
      repository,
      branch: 'main',
      signer: logSigner,
      trusted: () => snapshotKeys,
      replica,
      clock,
      logger: silentLogger,
    });
  const servers = { x: logOf('x'), y: logOf('y') };
  const must = <T>(result: { ok: true; value: T } | { ok: false; error: unknown }): T => {
    if (!result.ok) throw new Error(JSON.stringify(result.error));
    return result.value;
  };
  for (const server of Object.values(servers)) must(await server.open(() => undefined));

  const append: AuditedFleet['append'] = async (records) => {
    must(await servers.x.append(records));
  };
  const texts = (signed: SignedRevision) => {
    const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('utf8');
    return {
      targets: text(signed.targets.bytes),
      snapshot: text(signed.snapshot.bytes),
      timestamp: text(signed.timestamp.bytes),
    };
  };
  const sign = (manifest: Uint8Array): SignedRevision => {
    const signers = { targets: [online.targets], snapshot: [online.snapshot], timestamp: [online.timestamp] };
    return signRevision({ signers, recorded: recordedVersions(servers.x.state()), manifest, now });
  };

  const devices = new Map<string, DeviceState>();
  let newest:
    | { readonly id: Digest; readonly counter: number; readonly targets: ReadonlyMap<string, Digest> }
    | undefined;
  let commits = 0;

  const result: AuditedFleet = {
    dir,
    repository,
    root,
    fleet,
    snapshotSigners: () => signersSoFar,
    now: () => now,
    keyOf(device) {
      const state = devices.get(device);
      if (state === undefined) throw new Error('not enrolled');
      return { ...state };
    },
    useKey(device, { ...state }) {
      devices.set(device, { ...state, runs: devices.get(device)?.runs ?? null });
    },
    wait(ms) {
      now += ms;
    },
    git: (...args) => git(work, ...args),
    push: async () => {
      await git(work, 'push', '-q', '--force', 'origin', 'HEAD:main');
    },
    async commit(changes, message = `change ${String((commits += 1))}`) {
      for (const [path, content] of Object.entries(changes)) {
        await mkdir(dirname(join(work, path)), { recursive: true });
        if (content === null) await git(work, 'rm', '-q', path);
        else
          await writeFile(
            join(work, path),
            Buffer.isBuffer(content) || typeof content === 'string' ? content : JSON.stringify(content),
          );
      }
      await git(work, 'add', '-A');
      await git(work, 'commit', '-q', '-m', message);
      await result.push();
      return (await git(work, 'rev-parse', 'HEAD')).trim();
    },
    append,
    async deploy(commit, skipped = []) {
      const compiled = must(await compiler.compile(commit, signal));
      if (compiled.kind === 'refused') throw new Error(JSON.stringify(compiled.diagnostics));
      if (next !== online.snapshot) {
        online.snapshot = next;
        snapshotKeys.push([next.publicKey]);
        signersSoFar.push(next);
      }
      const manifest = Buffer.from(compiled.manifestBytes).toString('utf8');
      await append([
        ...skipped.map((old) => ({ kind: 'skipped' as const, at: at(), commit: old, by: commit })),
        { kind: 'revision', at: at(), commit, manifest, ...texts(sign(compiled.manifestBytes)) },
      ]);
      newest = { id: compiled.revision, counter: compiled.manifest.counter, targets: compiled.targets };
    },
    async refuse(commit) {
      const compiled = must(await compiler.compile(commit, signal));
      const [first] = compiled.diagnostics;
      if (compiled.kind !== 'refused' || first === undefined) throw new Error('it compiles');
      const { code, message, hint, file, line, column } = first;
      const diagnostics = [{ code, message, hint, file, line, column }];
      await append([{ kind: 'refused', at: at(), commit, code: 'invalid-input', diagnostics }]);
    },
    async refresh() {
      const { revision } = servers.x.state();
      if (revision === null) throw new Error('nothing is deployed');
      await append([{ kind: 'refreshed', at: at(), ...texts(sign(Buffer.from(revision.manifest))) }]);
    },
    async enrol(device, { by } = {}) {
      const key = createDeviceKey();
      const csr = createCsr(key, device);
      const { certificate, fingerprint } = must(await authority.issueDevice({ csr, fleet, device, now }));
      const token = createToken({ enrolmentKey, fleet, device, expires: now + day }).id;
      await append([
        ...(devices.size === 0
          ? [
              {
                kind: 'authority' as const,
                at: at(),
                certificate: caKeys.certificate,
                fingerprint: authority.fingerprint,
              },
            ]
          : []),
        {
          kind: 'enrolled',
          at: at(),
          device,
          ...(by === undefined ? { token } : {}),
          certificate,
          fingerprint,
          approvedBy: by ?? `token ${token}`,
        },
      ]);
      const runs = devices.get(device)?.runs ?? null;
      const instance = sha256(key).slice(7, 23);
      devices.set(device, { key, instance, seq: 0, previous: null, runs });
    },
    async renew(device) {
      const held = devices.get(device);
      const before = servers.x.state().certificates.get(device);
      if (held === undefined || before === undefined) throw new Error('not enrolled');
      const csr = createCsr(held.key, device);
      const { certificate, fingerprint } = must(await authority.issueDevice({ csr, fleet, device, now }));
      await append([
        { kind: 'renewed', at: at(), device, certificate, fingerprint, previous: before.fingerprint },
      ]);
    },
    async revoke(device) {
      const fingerprint = servers.x.state().certificates.get(device)?.fingerprint;
      if (fingerprint === undefined) throw new Error('not enrolled');
      await append([{ kind: 'revoked', at: at(), device, fingerprint, by: 'operator ops' }]);
    },
    rotateSnapshotKey() {
      next = newSigner();
      return { 'trust/root/2.json': rootOf(2) };
    },
    async receipts(server, ...of) {
      if (newest === undefined) throw new Error('nothing is deployed');
      const log = servers[server];
      const stop = new AbortController();
      const run = log.run(stop.signal);
      const stored = of.map(([device, change = {}]) => {
        const held = devices.get(device);
        const target = newest?.targets.get(device);
        if (held === undefined || newest === undefined || target === undefined)
          throw new Error('no such device');
        const { key, instance, seq, previous, runs } = held;
        const receipt: Receipt = {
          device,
          instance,
          seq: seq + 1,
          previous,
          revision: newest.id,
          counter: newest.counter,
          target,
          previousTarget: runs,
          result: 'applied',
          code: null,
          units: [{ unit: 'jobs/work', result: 'applied', code: null }],
          unitsOmitted: 0,
          deviceTime: now - 2000,
          trustedTime: now - 2000,
          bootId: 'boot',
          agentVersion: '1',
          remarks: [],
          ...change,
        };
        const envelope = sealReceipt(receipt, key);
        const hash = receiptHash(envelope);
        held.seq = receipt.seq;
        held.previous = hash;
        held.runs = receipt.result === 'applied' ? receipt.target : receipt.previousTarget;
        const link = { instance: receipt.instance, seq: receipt.seq, previous: receipt.previous, hash };
        return log.receipts.store({ device, link, envelope });
      });
      for (const done of await Promise.all(stored)) must(done);
      stop.abort();
      await run;
    },
  };
  await result.commit({
    ...files,
    'running/gateways.json': running('route', 100),
    'running/sensors.json': running('sense', 100),
    'trust/root/1.json': root,
  });
  return result;
}
