// SPDX-License-Identifier: Apache-2.0
import { openRepository, writeCommit } from '@fairlead/git';
import { systemClock } from '@fairlead/testing';
import { ed25519Signer } from '@fairlead/trust/sign';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Puts a commit on the fleet log that is signed by the snapshot key of this folder; its records are those of the head. */
export async function writeAsThief(repo: string, keys: string): Promise<void> {
  const ref = 'refs/fairlead/revisions';
  const opened = await openRepository(repo, { clock: systemClock });
  if (!opened.ok) throw new Error(opened.error.message);
  const { readRef, objects, writeObject, updateRef } = opened.value;
  const head = await readRef(ref);
  const commit = head.ok && head.value !== null ? await objects.commit(head.value) : undefined;
  if (commit?.ok !== true) throw new Error('the fleet has no log');
  const { tree, oid: parent } = commit.value;
  const signer = ed25519Signer(await readFile(join(keys, 'snapshot.pem'), 'utf8'));
  const author = { name: 'Fairlead', email: 'fairlead@localhost' };
  const seconds = Math.floor(systemClock.now() / 1000);
  const oid = await writeCommit(
    writeObject,
    { tree, parents: [parent], author, seconds, message: 'mine\n' },
    signer,
  );
  const moved = await updateRef({ ref, expected: parent, oid }, new AbortController().signal);
  if (!moved.ok) throw new Error(moved.error.problem.message);
}
