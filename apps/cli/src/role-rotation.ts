// SPDX-License-Identifier: Apache-2.0
import { FairleadError } from '@fairlead/base';
import { createEd25519Key, ed25519Signer, type RootContent } from '@fairlead/trust/sign';
import type { RoleName, TrustedRoot } from '@fairlead/trust/verify';
import { readPublicKey, readRoleSigners } from './key-files.ts';
import { changeRole } from './root-change.ts';

/** The next root, and what belongs into the key folder with it. */
export interface Rotation {
  readonly content: RootContent;
  /** By name; they do not exist yet. */
  readonly files: Readonly<Record<string, string>>;
}

/**
 * Other keys for a role: those that were named, or a new one in the place of those that the folder holds. The old ones stay in the
 * folder, since they sign until the new root takes effect.
 */
export async function newRoleKeys(input: {
  readonly dir: string;
  readonly role: RoleName;
  readonly root: TrustedRoot;
  /** Files of public keys. */
  readonly add: readonly string[];
  readonly remove: readonly string[];
  readonly threshold: number | undefined;
  readonly expires: number;
}): Promise<Rotation> {
  const { dir, role, root, remove, threshold, expires } = input;
  if (input.add.length > 0 || remove.length > 0 || threshold !== undefined) {
    const added = await Promise.all(input.add.map(readPublicKey));
    return { content: changeRole(root, { role, add: added, remove, threshold }, expires), files: {} };
  }
  const held = new Set((await readRoleSigners(dir, role)).map(({ keyId }) => keyId));
  const own = root.roles[role].keys.map(({ id }) => id).filter((id) => held.has(id));
  if (own.length === 0) {
    throw new FairleadError({
      code: 'misuse',
      message: `${dir} holds none of the ${role} keys, so there is nothing to replace`,
      hint: 'Say which key comes and which goes with --add and --remove.',
    });
  }
  // One for one, so that as many holders must agree as before.
  const pems = own.map(() => createEd25519Key());
  const add = pems.map((pem) => ed25519Signer(pem).publicKey);
  const name = `${role}.${String(root.version + 1)}`;
  return {
    content: changeRole(root, { role, add, remove: own }, expires),
    files: Object.fromEntries(
      pems.map((pem, index) => [index === 0 ? `${name}.pem` : `${name}.${String(index + 1)}.pem`, pem]),
    ),
  };
}
