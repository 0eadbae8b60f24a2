// SPDX-License-Identifier: Apache-2.0
import { readMetadata } from './metadata.ts';
import { readRoot } from './root.ts';
import { checkSignatures } from './signatures.ts';

/** Versions that were signed once, as files prove that a device holds. */
export interface ProvenVersions {
  readonly snapshot: number;
  /** 0: not proven. */
  readonly timestamp: number;
}

/**
 * What files that somebody shows prove about what was signed: a snapshot with the signatures that `root` asks for. Undefined: nothing,
 * since anyone may claim any version. Expiry is not judged: what was signed once was signed.
 */
export function provenVersions(
  root: Uint8Array,
  files: { readonly timestamp: Uint8Array; readonly snapshot: Uint8Array },
): ProvenVersions | undefined {
  const trusted = readRoot(root);
  if (!trusted.ok) return undefined;
  const signed = (role: 'snapshot' | 'timestamp'): number | undefined => {
    const file = readMetadata(role, files[role]);
    if (!file.ok || checkSignatures(trusted.value, file.value) !== undefined) return undefined;
    return file.value.version;
  };
  const snapshot = signed('snapshot');
  return snapshot === undefined ? undefined : { snapshot, timestamp: signed('timestamp') ?? 0 };
}
