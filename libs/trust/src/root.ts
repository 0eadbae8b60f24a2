// SPDX-License-Identifier: Apache-2.0
import { err, isDigest, ok, type Digest, type Result } from '@fairlead/base';
import { canonicalize } from '@tufjs/canonical-json';
import { createHash } from 'node:crypto';
import * as v from 'valibot';
import { readMetadata, type MetadataFile, type RoleName } from './metadata.ts';
import { refusal, type TrustRefusal } from './refusal.ts';
import { problemsOf } from './strict-json.ts';

/** Field of root and timestamp that carries what is ours; other TUF clients keep it and look past it. */
export const extensionField = 'x-fairlead';

/** What we add to a root: SHA-256 of each CA certificate (DER) that may sign identities of the fleet; two while the CA rolls. */
const schema = v.object({ ca: v.pipe(v.array(v.custom<Digest>(isDigest, 'not a digest')), v.minLength(1)) });

/** Reads a root and checks what a client of TUF must: Ed25519 keys only, each under the id that its content gives. */
export function readRoot(bytes: Uint8Array): Result<MetadataFile<'root'>, TrustRefusal> {
  const file = readMetadata('root', bytes);
  if (!file.ok) return file;
  const { signed } = file.value.metadata;
  const publicKeys = new Set<string>();
  for (const [id, key] of Object.entries(signed.keys)) {
    if (key.keyType !== 'ed25519' || key.scheme !== 'ed25519')
      return err(refusal('unsupported', `key ${id} is not Ed25519`));
    // One key under two ids would count twice towards a threshold.
    if (keyIdOf(key.toJSON()) !== id)
      return err(refusal('unsupported', `key ${id} has another id by its content`));
    const publicKey = key.keyVal['public'] ?? '';
    if (!/^[0-9a-f]{64}$/.test(publicKey) || publicKeys.has(publicKey))
      return err(refusal('unsupported', `key ${id} is no Ed25519 key, or stands there twice`));
    publicKeys.add(publicKey);
  }
  const problems = problemsOf(schema, signed.unrecognizedFields[extensionField]);
  return problems.length === 0 ? file : err(refusal('unsupported', `root: ${problems.join('; ')}`));
}

/** Fingerprints of the CA certificates that this root lists. */
function caFingerprints(root: MetadataFile<'root'>): readonly Digest[] {
  const extension = v.safeParse(schema, root.metadata.signed.unrecognizedFields[extensionField]);
  return extension.success ? extension.output.ca : [];
}

/** TUF's key id: SHA-256 of the key's canonical JSON (OLPC form), in hexadecimal. */
export function keyIdOf(key: object): string {
  return createHash('sha256').update(canonicalize(key), 'utf8').digest('hex');
}

/** A key that a root lists for a role. */
export interface RoleKey {
  /** TUF's id of it. */
  readonly id: string;
  /** Ed25519, the raw 32 bytes. */
  readonly publicKey: Uint8Array;
}

/** Who signs for a role, and how many of them must. */
export interface TrustedRole {
  readonly keys: readonly RoleKey[];
  readonly threshold: number;
}

/** What the rest of the program asks a root for. */
export interface TrustedRoot {
  readonly version: number;
  /** Milliseconds since 1970. */
  readonly expires: number;
  /** SHA-256 of each CA certificate (DER) that may sign identities of the fleet. */
  readonly ca: readonly Digest[];
  readonly roles: Readonly<Record<RoleName, TrustedRole>>;
}

/** Reads a root that is trusted already: held by a device, or at the end of a chain that was walked. */
export function readTrustedRoot(bytes: Uint8Array): Result<TrustedRoot, TrustRefusal> {
  const root = readRoot(bytes);
  return root.ok ? ok(trustedRootOf(root.value)) : root;
}

export function trustedRootOf(root: MetadataFile<'root'>): TrustedRoot {
  const role = (name: RoleName): TrustedRole => {
    const { keys, roles } = root.metadata.signed;
    const { keyIDs, threshold } = roles[name] ?? { keyIDs: [], threshold: 1 };
    return {
      threshold,
      keys: keyIDs.flatMap((id) => {
        const hex = keys[id]?.keyVal['public'];
        return hex === undefined ? [] : { id, publicKey: Buffer.from(hex, 'hex') };
      }),
    };
  };
  return {
    version: root.version,
    expires: root.expires,
    ca: caFingerprints(root),
    roles: {
      root: role('root'),
      timestamp: role('timestamp'),
      snapshot: role('snapshot'),
      targets: role('targets'),
    },
  };
}
