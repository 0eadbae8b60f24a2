// SPDX-License-Identifier: Apache-2.0
import type { Digest } from '@fairlead/base';
import { Key, Role, Root } from '@tufjs/models';
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
  const root = new Root({
    version: content.version,
    specVersion,
    expires: tufTime(content.expires),
    consistentSnapshot: true,
    keys: Object.fromEntries(Object.values(content.roles).flatMap(({ keys }) => keys.map((key) => [keyIdOf(tufKey(key)), modelKey(key)]))),
    roles: {
      root: modelRole(content.roles.root),
      targets: modelRole(content.roles.targets),
      snapshot: modelRole(content.roles.snapshot),
      timestamp: modelRole(content.roles.timestamp),
    },
    unrecognizedFields: { [extensionField]: { ca: [...content.ca] } },
  });
  return signMetadata(root, signers);
}

function modelKey(publicKey: Uint8Array): Key {
  const { keytype, scheme, keyval } = tufKey(publicKey);
  return new Key({ keyID: keyIdOf(tufKey(publicKey)), keyType: keytype, scheme, keyVal: keyval });
}

function modelRole({ keys, threshold }: RoleKeys): Role {
  return new Role({ keyIDs: keys.map((key) => keyIdOf(tufKey(key))), threshold });
}
