// SPDX-License-Identifier: Apache-2.0
// A fleet repository with a log of many receipts, as a server would write it, for `audit`.
import { FairleadError, silentLogger, sha256, type Clock, type Digest, type Result } from '@fairlead/base';
import { createCommitCompiler } from '@fairlead/commits';
import { openRepository } from '@fairlead/git';
import { createAuthorityKeys, openAuthority } from '@fairlead/identity/authority';
import { createCsr, createDeviceKey } from '@fairlead/identity/device';
import { openFleetLog, recordedVersions, type LogRecord } from '@fairlead/log';
import { git, systemClock } from '@fairlead/testing';
import { createEd25519Key, ed25519Signer, signRevision, signRoot } from '@fairlead/trust/sign';
import { receiptHash, sealReceipt } from '@fairlead/trust/verify';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { largeFleet, runningConfig } from './large-fleet.ts';

export interface AuditedLog {
  readonly dir: string;
  /** Root version 1. */
  readonly root: Uint8Array;
}

const { signal } = new AbortController();

/** As many revisions as it takes, each answered by every device; `dir`: an empty folder. */
export async function makeAuditedLog(
  dir: string,
  {
    devices,
    groups,
    receipts,
  }: { readonly devices: number; readonly groups: number; readonly receipts: number },
): Promise<AuditedLog> {
  let now = Date.UTC(2026, 9, 1);
  const clock: Clock = {
    now: () => now,
    monotonic: () => performance.now(),
    sleep: (ms, until) => systemClock.sleep(Math.min(ms, 20), until),
  };
  const signers = { root: newSigner(), targets: newSigner(), snapshot: newSigner(), timestamp: newSigner() };
  const caKeys = await createAuthorityKeys(now);
  const authority = openAuthority(caKeys);
  const role = (name: keyof typeof signers) => ({ keys: [signers[name].publicKey], threshold: 1 });
  const roles = {
    root: role('root'),
    targets: role('targets'),
    snapshot: role('snapshot'),
    timestamp: role('timestamp'),
  };
  const expires = now + 3650 * 86_400_000;
  const root = signRoot({ version: 1, expires, roles, ca: [authority.fingerprint] }, [signers.root]);
  const fleet = sha256(root);

  const write = async (path: string, content: Uint8Array): Promise<void> => {
    await mkdir(dirname(join(dir, path)), { recursive: true });
    await writeFile(join(dir, path), content);
  };
  const commit = async (message: string): Promise<string> => {
    await git(dir, 'add', '-A');
    await git(dir, 'commit', '-q', '-m', message);
    return (await git(dir, 'rev-parse', 'HEAD')).trim();
  };
  await git(dir, 'init', '-q', '-b', 'main');
  for (const [path, content] of largeFleet({ groups, devices })) await write(path, content);
  await write('trust/root/1.json', root);

  const repository = must(await openRepository(dir, { clock: systemClock }));
  const compiler = createCommitCompiler(repository, 'main');
  const options = { repository, branch: 'main', signer: signers.snapshot, replica: 'bench' };
  const log = openFleetLog({ ...options, clock, logger: silentLogger });
  must(await log.open(() => undefined));
  const at = (): string => new Date(now).toISOString();

  const chains = new Map<
    string,
    { readonly key: string; seq: number; previous: Digest | null; runs: Digest | null }
  >();
  const stop = new AbortController();
  const running = log.run(stop.signal);
  for (let round = 1; chains.size === 0 || totalOf(chains) < receipts; round += 1) {
    if (round > 1)
      for (let group = 0; group < groups; group += 1)
        await write(
          `running/group-${String(group)}.json`,
          Buffer.from(JSON.stringify(runningConfig(`group-${String(group)}`, round))),
        );
    const oid = await commit(`Revision ${String(round)}`);
    const compiled = must(await compiler.compile(oid, signal));
    if (compiled.kind === 'refused')
      throw new FairleadError({ code: 'internal', message: 'it does not compile' });
    const manifest = compiled.manifestBytes;
    const by = { targets: [signers.targets], snapshot: [signers.snapshot], timestamp: [signers.timestamp] };
    const signed = signRevision({ signers: by, recorded: recordedVersions(log.state()), manifest, now });
    const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('utf8');
    const [targets, snapshot, timestamp] = [signed.targets, signed.snapshot, signed.timestamp].map(
      ({ bytes }) => text(bytes),
    );
    const revision = { targets: targets ?? '', snapshot: snapshot ?? '', timestamp: timestamp ?? '' };
    must(
      await log.append([{ kind: 'revision', at: at(), commit: oid, manifest: text(manifest), ...revision }]),
    );
    if (round === 1) {
      const { certificate, fingerprint } = {
        certificate: caKeys.certificate,
        fingerprint: authority.fingerprint,
      };
      const records: LogRecord[] = [{ kind: 'authority', at: at(), certificate, fingerprint }];
      for (const device of compiled.targets.keys()) {
        const key = createDeviceKey();
        const issued = must(await authority.issueDevice({ csr: createCsr(key, device), fleet, device, now }));
        records.push({ kind: 'enrolled', at: at(), device, approvedBy: 'operator bench', ...pick(issued) });
        chains.set(device, { key, seq: 0, previous: null, runs: null });
      }
      must(await log.append(records));
    }
    now += 60_000;
    const stored = [...compiled.targets].map(([device, target]) => {
      const chain = chains.get(device);
      if (chain === undefined) throw new FairleadError({ code: 'internal', message: 'a device without key' });
      const { key, previous, runs } = chain;
      const seq = chain.seq + 1;
      const envelope = sealReceipt(
        {
          device,
          instance: device,
          seq,
          previous,
          revision: compiled.revision,
          counter: compiled.manifest.counter,
          target,
          previousTarget: runs,
          result: 'applied',
          code: null,
          units: [{ unit: 'jobs/work', result: 'applied', code: null }],
          unitsOmitted: 0,
          deviceTime: now,
          trustedTime: now,
          bootId: '7b1d6c52-9f5e-4a39-8d2b-6f0c9e3a7d11',
          agentVersion: '1.0.0',
          remarks: [],
        },
        key,
      );
      const hash = receiptHash(envelope);
      chains.set(device, { key, seq, previous: hash, runs: target });
      return log.receipts.store({ device, link: { instance: device, seq, previous, hash }, envelope });
    });
    for (const done of await Promise.all(stored)) must(done);
    now += 3_600_000;
  }
  stop.abort();
  await running;
  await git(dir, 'gc', '-q');
  return { dir, root };
}

function newSigner(): ReturnType<typeof ed25519Signer> {
  return ed25519Signer(createEd25519Key());
}

function pick({ certificate, fingerprint }: { readonly certificate: string; readonly fingerprint: Digest }) {
  return { certificate, fingerprint };
}

function totalOf(chains: ReadonlyMap<string, { readonly seq: number }>): number {
  return [...chains.values()].reduce((sum, { seq }) => sum + seq, 0);
}

export function must<T>(result: Result<T, unknown>): T {
  if (result.ok) return result.value;
  throw new FairleadError({ code: 'internal', message: JSON.stringify(result.error) });
}
