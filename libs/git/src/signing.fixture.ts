// SPDX-License-Identifier: Apache-2.0
import { git, gitEnv, run, runOk, systemClock } from '@fairlead/testing';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CommitPolicy } from './commit-policy.ts';
import { judgeSignature, type SignatureVerdict } from './judge-signature.ts';
import { openRepository, type Repository } from './repository.ts';

/** A repository with keys of people, in which commits are made by the real git and judged by it and by us. */
export interface SigningLab {
  readonly dir: string;
  readonly repository: Repository;
  /** Type and base64 of somebody's public key; made at first use by `ssh-keygen`. The name begins with the key's kind: `rsa-bob`. */
  key(name: string): Promise<string>;
  /** Commits, signed by a key of that name (null: unsigned); its id. */
  commit(signer: string | null, options?: CommitOptions): Promise<string>;
  /** Writes an object of these exact bytes; its id. */
  write(commit: Buffer): Promise<string>;
  /** The bytes of a commit. */
  read(oid: string): Promise<Buffer>;
  /** An armoured signature over bytes, made by `ssh-keygen`. */
  sign(signer: string, bytes: Buffer, purpose: string): Promise<string>;
  judge(oid: string, policy: Partial<CommitPolicy>): Promise<SignatureVerdict>;
  /** Whether `git verify-commit` accepts it with these files. */
  gitAccepts(
    oid: string,
    policy: Partial<CommitPolicy>,
    env?: Readonly<Record<string, string>>,
  ): Promise<boolean>;
}

interface CommitOptions {
  /** RFC 3339, of the committer. */
  readonly at?: string;
  readonly more?: readonly string[];
  readonly settings?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** In an empty folder. */
export async function newSigningLab(dir: string): Promise<SigningLab> {
  await git(dir, 'init', '-q', '-b', 'main');
  const opened = await openRepository(dir, { clock: systemClock });
  if (!opened.ok) throw new Error(opened.error.message);
  const repository = opened.value;
  const file = (name: string): string => join(dir, '.git', name);
  const keys = new Map<string, Promise<string>>();
  let messages = 0;

  async function make(name: string): Promise<string> {
    const [kind = '', bits] = (name.split('-')[0] ?? '').split(/(?<=[a-z])(?=\d)/);
    const type = kind === 'ed' ? 'ed25519' : kind;
    const size = type === 'ed25519' ? [] : ['-b', bits ?? '2048'];
    await runOk('ssh-keygen', [
      '-q',
      '-t',
      type,
      ...size,
      '-N',
      '',
      '-C',
      `${name} comment`,
      '-f',
      file(name),
    ]);
    return (await readFile(file(`${name}.pub`), 'utf8')).split(' ').slice(0, 2).join(' ');
  }

  const key: SigningLab['key'] = (name) => {
    const made = keys.get(name) ?? make(name);
    keys.set(name, made);
    return made;
  };

  return {
    dir,
    repository,
    key,
    async commit(signer, { at = '2026-05-01T12:00:00Z', more = [], settings = [], env = {} } = {}) {
      if (signer !== null) await key(signer);
      const signing =
        signer === null ? [] : ['-c', 'gpg.format=ssh', '-c', `user.signingkey=${file(signer)}`, ...settings];
      messages += 1;
      const how = [...(signer === null && settings.length === 0 ? ['--no-gpg-sign'] : ['-S']), ...more];
      await runOk(
        'git',
        [
          ...signing,
          ...(signer === null ? settings : []),
          'commit',
          '-q',
          '--allow-empty',
          '-m',
          `number ${String(messages)}`,
          ...how,
        ],
        {
          cwd: dir,
          env: { ...gitEnv, GIT_COMMITTER_DATE: at, ...env },
        },
      );
      return (await git(dir, 'rev-parse', 'HEAD')).trim();
    },
    async write(commit) {
      await writeFile(file('raw'), commit);
      return (await git(dir, 'hash-object', '-t', 'commit', '-w', '--literally', file('raw'))).trim();
    },
    async read(oid) {
      return Buffer.from(await git(dir, 'cat-file', 'commit', oid), 'utf8');
    },
    async sign(signer, bytes, purpose) {
      await key(signer);
      await writeFile(file('message'), bytes);
      await rm(file('message.sig'), { force: true });
      await runOk('ssh-keygen', ['-q', '-Y', 'sign', '-n', purpose, '-f', file(signer), file('message')]);
      return readFile(file('message.sig'), 'utf8');
    },
    async judge(oid, policy) {
      const commit = await repository.objects.commit(oid);
      if (!commit.ok) throw new Error(commit.error.message);
      return judgeSignature(commit.value, {
        allowedSigners: null,
        openPgpKeys: null,
        revokedSigners: null,
        ...policy,
      });
    },
    async gitAccepts(oid, { allowedSigners, revokedSigners }, env = {}) {
      await writeFile(file('allowed'), allowedSigners ?? '');
      await writeFile(file('revoked'), revokedSigners ?? '');
      const settings = [
        '-c',
        `gpg.ssh.allowedSignersFile=${file('allowed')}`,
        '-c',
        `gpg.ssh.revocationFile=${file('revoked')}`,
      ];
      const ran = await run('git', [...settings, 'verify-commit', oid], {
        cwd: dir,
        env: { ...gitEnv, TZ: 'UTC', ...env },
      });
      return ran.code === 0;
    },
  };
}
