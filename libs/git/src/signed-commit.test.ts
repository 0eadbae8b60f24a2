// SPDX-License-Identifier: Apache-2.0
import { git, gitEnv, run, runOk, systemClock, tempDir } from '@fairlead/testing';
import { createPrivateKey, createPublicKey, generateKeyPairSync, sign } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openRepository, type Repository } from './repository.ts';
import { isSignedBy, writeCommit } from './signed-commit.ts';
import { allowedSignersLine, sshVerify, type Ed25519Signer } from './sshsig.ts';
import { emptyTree } from './oid.ts';

function newSigner(): Ed25519Signer {
  const key = createPrivateKey(
    generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }),
  );
  const publicKey = Buffer.from(createPublicKey(key).export({ format: 'jwk' }).x ?? '', 'base64url');
  return { publicKey, sign: (data) => sign(null, data, key) };
}

async function emptyRepository(): Promise<{ readonly dir: string; readonly repository: Repository }> {
  const dir = await tempDir('signed');
  await git(dir, 'init', '-q', '-b', 'main');
  const repository = await openRepository(dir, { clock: systemClock });
  if (!repository.ok) throw new Error(repository.error.message);
  return { dir, repository: repository.value };
}

const commit = {
  tree: emptyTree,
  parents: [],
  author: { name: 'Fairlead', email: 'fairlead@localhost' },
  seconds: 1_700_000_000,
  message: 'a message\n\n-----END SSH SIGNATURE-----\n gpgsig in the text, and ünïcode\n',
};

async function verifyCommit(dir: string, oid: string, publicKey: Uint8Array): Promise<number> {
  await writeFile(join(dir, 'signers'), allowedSignersLine('server', publicKey));
  const settings = ['-c', 'gpg.format=ssh', '-c', `gpg.ssh.allowedSignersFile=${join(dir, 'signers')}`];
  return (await run('git', [...settings, 'verify-commit', oid], { cwd: dir, env: gitEnv })).code;
}

describe('when a commit is signed', () => {
  it('is accepted by git verify-commit for its key and no other', async () => {
    const { dir, repository } = await emptyRepository();
    const [signer, stranger] = [newSigner(), newSigner()];
    await repository.writeObject('tree', new Uint8Array());
    const oid = await writeCommit(repository.writeObject, commit, signer);
    expect(await verifyCommit(dir, oid, signer.publicKey)).toBe(0);
    expect(await verifyCommit(dir, oid, stranger.publicKey)).not.toBe(0);
    expect(await git(dir, 'log', '-1', '--format=%B', oid)).toBe(`${commit.message}\n`);
    await runOk('git', ['fsck', '--strict'], { cwd: dir, env: gitEnv });

    const read = await repository.objects.commit(oid);
    if (!read.ok) throw new Error(read.error.message);
    expect(isSignedBy(read.value, [stranger.publicKey, signer.publicKey])).toBe(true);
    expect(isSignedBy(read.value, [stranger.publicKey])).toBe(false);
    expect(
      isSignedBy({ ...read.value, payload: Buffer.concat([read.value.payload, Buffer.from('x')]) }, [
        signer.publicKey,
      ]),
    ).toBe(false);
    expect(read.value.message).toBe(commit.message);
  });

  it('reads what ssh-keygen and git sign', async () => {
    const { dir, repository } = await emptyRepository();
    await runOk('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(dir, 'key')]);
    const settings = ['-c', 'gpg.format=ssh', '-c', `user.signingkey=${join(dir, 'key')}`];
    await runOk('git', [...settings, 'commit', '-q', '-S', '--allow-empty', '-m', 'by git'], {
      cwd: dir,
      env: gitEnv,
    });
    const read = await repository.objects.commit((await git(dir, 'rev-parse', 'HEAD')).trim());
    if (!read.ok) throw new Error(read.error.message);
    const publicKey = (await runOk('cat', [join(dir, 'key.pub')])).split(' ')[1] ?? '';
    const raw = Buffer.from(publicKey, 'base64').subarray(-32);
    expect(isSignedBy(read.value, [raw])).toBe(true);
  });

  it('takes no signature that was made for another purpose, and no nonsense', async () => {
    const { dir } = await emptyRepository();
    await runOk('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(dir, 'key')]);
    await writeFile(join(dir, 'text'), 'text');
    const signed = async (purpose: string): Promise<string> => {
      await runOk('rm', ['-f', join(dir, 'text.sig')]);
      await runOk('ssh-keygen', [
        '-q',
        '-Y',
        'sign',
        '-n',
        purpose,
        '-f',
        join(dir, 'key'),
        join(dir, 'text'),
      ]);
      return runOk('cat', [join(dir, 'text.sig')]);
    };
    expect(sshVerify(Buffer.from('text'), await signed('git'))).toHaveLength(32);
    expect(sshVerify(Buffer.from('text'), await signed('file'))).toBeUndefined();
    for (const nonsense of [
      '',
      'x',
      '-----BEGIN SSH SIGNATURE-----\nU1NIU0lH\n-----END SSH SIGNATURE-----',
    ]) {
      expect(sshVerify(Buffer.from('text'), nonsense)).toBeUndefined();
    }
  });
});
