// SPDX-License-Identifier: Apache-2.0
import { FairleadError } from '@fairlead/base';
import { readRoots } from '@fairlead/commits';
import type { Ed25519Signer, Repository } from '@fairlead/git';
import { refNames, type KeySets } from '@fairlead/log';
import { readKeyFiles } from '@fairlead/program';
import { judgeSuccessor, readTrustedRoot } from '@fairlead/trust/verify';
import { readRoleSigners } from './key-files.ts';
import { required } from './repository.ts';

/** Whose signatures the fleet log is believed by, and with which key of the folder it goes on. */
export interface LogKeys {
  readonly signer: Ed25519Signer;
  readonly trusted: KeySets;
}

/**
 * The snapshot keys of every root from the one in the key folder on, as the branch and the last recorded commit hold them. Refused with
 * `keys-not-listed` where the folder lacks the key of the newest.
 */
export async function readLogKeys(dir: string, repository: Repository, branch: string): Promise<LogKeys> {
  const first = (await readKeyFiles(dir, ['root.json']))['root.json'];
  const roots = await newestChain(first, repository, branch);
  const trusted = roots.map((bytes) => {
    const root = readTrustedRoot(bytes);
    if (!root.ok) throw new FairleadError({ code: 'root-invalid', message: root.error.message });
    return root.value.roles.snapshot.keys.map(({ publicKey }) => publicKey);
  });
  const newest = trusted.at(-1) ?? [];
  const signers = await readRoleSigners(dir, 'snapshot');
  const signer = signers.find(({ publicKey }) => newest.some((key) => Buffer.compare(key, publicKey) === 0));
  if (signer === undefined) {
    const message = `${dir} does not hold the snapshot key that root version ${roots.length} lists`;
    throw new FairleadError({ code: 'keys-not-listed', message });
  }
  return { signer, trusted };
}

async function newestChain(
  first: Uint8Array,
  repository: Repository,
  branch: string,
): Promise<readonly Uint8Array[]> {
  let longest = [first];
  for (const ref of [refNames(branch).recorded, `refs/heads/${branch}`]) {
    const commit = required(await repository.readRef(ref));
    const found = commit === null ? [] : ((await readRoots(repository, commit)) ?? []);
    if (!Buffer.from(first).equals(found[0] ?? Buffer.alloc(0))) continue;
    const chain = [first];
    for (const next of found.slice(1)) {
      if (!judgeSuccessor(chain.at(-1) ?? first, next).ok) break;
      chain.push(next);
    }
    if (chain.length > longest.length) longest = chain;
  }
  return longest;
}
