// SPDX-License-Identifier: Apache-2.0
import { sha256, silentLogger, type Clock, type Digest, type Logger } from '@fairlead/base';
import { allowedSignersLine, openRepository, type Disk, type Repository } from '@fairlead/git';
import { git, gitEnv, runOk, systemClock, tempDir } from '@fairlead/testing';
import { createEd25519Key, ed25519Signer } from '@fairlead/trust/sign';
import { manifestBytes, receiptHash, sealReceipt, type Manifest, type Receipt } from '@fairlead/trust/verify';
import { generateKeyPairSync } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openFleetLog, type FleetLog } from './fleet-log.ts';
import type { VerifiedReceipt } from './receipt-log.ts';
import type { LogRecord } from './record.ts';
import type { KeySets } from './signature-judge.ts';

export const at = '2026-06-01T12:00:00.000Z';
export const oidOf = (name: string): string => sha256(name).slice('sha256:'.length, 'sha256:'.length + 40);
export const signer = ed25519Signer(createEd25519Key());
const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const deviceKey = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();

export async function bareRepository(): Promise<string> {
  const dir = await tempDir('log');
  await git(dir, 'init', '-q', '--bare', '-b', 'main');
  const allowed = join(dir, 'signers');
  await writeFile(allowed, allowedSignersLine('fairlead@localhost', signer.publicKey));
  await git(dir, 'config', 'gpg.ssh.allowedSignersFile', allowed);
  return dir;
}

export interface OpenedLog {
  readonly log: FleetLog;
  readonly repository: Repository;
  /** Receipts that stood in the log when it was opened. */
  readonly stored: readonly Uint8Array[];
}

export interface LogOptions {
  readonly branch?: string;
  readonly replica?: string;
  readonly disk?: Disk;
  readonly clock?: Clock;
  readonly by?: typeof signer;
  readonly trusted?: () => KeySets;
  readonly logger?: Logger;
  readonly largeReceipts?: number;
}

/** A log as a new process would see it, not opened yet. */
export async function newLog(
  dir: string,
  {
    branch = 'main',
    replica = 'a',
    disk,
    clock = systemClock,
    by = signer,
    logger = silentLogger,
    ...more
  }: LogOptions = {},
): Promise<{ readonly log: FleetLog; readonly repository: Repository }> {
  const opened = await openRepository(dir, {
    clock: systemClock,
    lockWaitMs: 200,
    ...(disk === undefined ? {} : { disk }),
  });
  if (!opened.ok) throw new Error(opened.error.message);
  const repository = opened.value;
  return {
    repository,
    log: openFleetLog({ repository, branch, signer: by, replica, clock, logger, ...more }),
  };
}

export async function openedLog(dir: string, options: LogOptions = {}): Promise<OpenedLog> {
  const made = await newLog(dir, options);
  const stored: Uint8Array[] = [];
  const read = await made.log.open((envelope) => {
    stored.push(envelope);
  });
  if (!read.ok) throw new Error(`${read.error.code}: ${read.error.message}`);
  return { ...made, stored };
}

/** Lets the log write until the work is done. */
export async function whileRunning<T>(log: FleetLog, work: () => Promise<T>): Promise<T> {
  const stop = new AbortController();
  const running = log.run(stop.signal);
  try {
    return await work();
  } finally {
    stop.abort();
    await running;
  }
}

export function enrolled(name: string): LogRecord {
  return {
    kind: 'enrolled',
    at,
    device: name,
    token: `token-${name}`,
    certificate: `PEM of ${name}`,
    fingerprint: sha256(name),
    approvedBy: 'a token',
  };
}

export function revisionOf(commit: string, counter: number): LogRecord & { readonly kind: 'revision' } {
  const manifest: Manifest = {
    format: 1,
    edition: 1,
    fleet: sha256('root'),
    branch: 'main',
    commit,
    tree: oidOf('tree'),
    time: '2026-06-01T11:59:00Z',
    counter,
    devices: 1,
    root: sha256('merkle'),
  };
  const text = Buffer.from(manifestBytes(manifest)).toString();
  return { kind: 'revision', at, commit, manifest: text, targets: 't', snapshot: 's', timestamp: 'x' };
}

/** The receipts of one device, one after another. */
export function deviceReceipts(device: string, instance = 'one') {
  let seq = 0;
  let previous: Digest | null = null;
  return {
    next(): VerifiedReceipt {
      seq += 1;
      const receipt: Receipt = {
        device,
        instance,
        seq,
        previous,
        revision: sha256('manifest'),
        counter: seq,
        target: sha256(`target ${seq}`),
        previousTarget: null,
        result: 'applied',
        code: null,
        units: [],
        unitsOmitted: 0,
        deviceTime: Date.parse(at),
        trustedTime: Date.parse(at),
        bootId: 'boot',
        agentVersion: '1',
        remarks: [],
      };
      const envelope = sealReceipt(receipt, deviceKey);
      const link = { instance, seq, previous, hash: receiptHash(envelope) };
      previous = link.hash;
      return { device, link, envelope };
    },
  };
}

export function fsck(dir: string): Promise<string> {
  return runOk('git', ['fsck', '--strict', '--no-dangling'], { cwd: dir, env: gitEnv });
}

export async function lines(dir: string, ...args: readonly string[]): Promise<readonly string[]> {
  return (await git(dir, ...args)).split('\n').filter((line) => line !== '');
}

/** As if the machine had started again: the owners that the locks name live no more. */
export async function declareDead(dir: string): Promise<void> {
  for (const name of await readdir(dir, { recursive: true })) {
    const text = await readFile(join(dir, name), 'utf8').catch(() => '');
    if (text.startsWith('fairlead '))
      await writeFile(join(dir, name), text.replace(/(fairlead \S+) \S+/, '$1 an-earlier-boot'));
  }
}
