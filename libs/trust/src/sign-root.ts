// SPDX-License-Identifier: Apache-2.0
import type { Digest } from '@fairlead/base';
import { Root } from '@tufjs/models';
import { tufKey, type Ed25519Signer } from './ed25519-signer.ts';
import type { RoleName } from './metadata.ts';
import { extensionField, keyIdOf } from './root.ts';
import { signMetadata, specVersion, tufTime } from './sign-metadata.ts';

export interface RoleKeys {
  /** Public keys of 32 bytes each. */
  readonly keys: readonly Uint8Array[];
  /** How many of them must sign. */
  readonly threshold: number;
}

export interface RootContent {
  readonly version: number;
  /** Milliseconds since 1970. */
  readonly expires: number;
  readonly roles: Readonly<Record<RoleName, RoleKeys>>;
  /** SHA-256 of each CA certificate (DER) that may sign identities of the fleet. */
  readonly ca: readonly Digest[];
}

/** A root, signed by all of `signers`. One that follows another is signed by enough keys of both. */
export function signRoot(content: RootContent, signers: readonly Ed25519Signer[]): Uint8Array {
  const { root, timestamp, snapshot, targets } = content.roles;
  const keys = [root, timestamp, snapshot, targets].flatMap((role) => role.keys.map(tufKey));
  return signMetadata(
    Root.fromJSON({
      _type: 'root',
      version: content.version,
      spec_version: specVersion,
      expires: tufTime(content.expires),
      consistent_snapshot: true,
      keys: Object.fromEntries(keys.map((key) => [keyIdOf(key), { ...key }])),
      roles: {
        root: roleJson(root),
        timestamp: roleJson(timestamp),
        snapshot: roleJson(snapshot),
        targets: roleJson(targets),
      },
      [extensionField]: { ca: [...content.ca] },
    }),
    signers,
  );
}

function roleJson({ keys, threshold }: RoleKeys): { keyids: string[]; threshold: number } {
  return { keyids: keys.map((key) => keyIdOf(tufKey(key))), threshold };
}
