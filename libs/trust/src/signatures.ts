// SPDX-License-Identifier: Apache-2.0
import type { Key } from '@tufjs/models';
import type { MetadataFile, RoleName } from './metadata.ts';
import { refusal, type TrustRefusal } from './refusal.ts';

/** Against files of someone else's making: enough keys that `root` lists for the file's role must have signed it. */
export function checkSignatures(root: MetadataFile<'root'>, file: MetadataFile): TrustRefusal | undefined {
  const role = root.metadata.signed.roles[file.role];
  if (role === undefined) return refusal('unsupported', `root has no role ${file.role}`);
  const valid = countSignatures(root, file);
  if (valid >= role.threshold) return undefined;
  const stated = Object.keys(file.metadata.signatures).length;
  return valid === 0 && stated > 0
    ? refusal('bad-signature', `${file.role} is not signed by a key that root version ${root.version} lists`)
    : refusal('below-threshold', `${file.role} has ${valid} valid signatures of ${role.threshold}`);
}

/** How many of the keys that `root` lists for the file's role have signed it. */
export function countSignatures(root: MetadataFile<'root'>, file: MetadataFile): number {
  const { keys } = root.metadata.signed;
  return keysOf(root, file.role).filter((id) => {
    const key = keys[id];
    return key !== undefined && hasSigned(key, file);
  }).length;
}

/** Keys of a role, to see whether a root replaces one. */
export function keysOf(root: MetadataFile<'root'>, role: RoleName): readonly string[] {
  return root.metadata.signed.roles[role]?.keyIDs ?? [];
}

function hasSigned(key: Key, file: MetadataFile): boolean {
  try {
    key.verifySignature(file.metadata);
    return true;
  } catch {
    return false;
  }
}
