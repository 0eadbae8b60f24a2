// SPDX-License-Identifier: Apache-2.0
import { canonicalJson, digestHex, sha256 } from '@fairlead/base';
import { readMetadata, readVersion, type MetadataFile, type RoleName } from './metadata.ts';
import { refusal, type TrustRefusal } from './refusal.ts';

/** Against arbitrary content: the targets role must name exactly these bytes as `manifest.json` (TUF 5.7). */
export function checkNamed(targets: MetadataFile<'targets'>, manifest: Uint8Array): TrustRefusal | undefined {
  const named = targets.metadata.signed.targets[manifestName];
  if (named?.length === manifest.length && named.hashes['sha256'] === digestHex(sha256(manifest)))
    return undefined;
  return refusal('unknown-target', `targets version ${targets.version} does not name this manifest`);
}

/** The one target of the targets role. */
export const manifestName = 'manifest.json';

/** Against parts of different revisions put together: `file` must be the very one that `namer` names. */
export function checkLink(namer: MetadataFile, file: MetadataFile): TrustRefusal | undefined {
  const named = namer.names.get(file.role);
  const same = named?.length === file.bytes.length && named.sha256 === digestHex(sha256(file.bytes));
  if (same && named.version === file.version) return undefined;
  return refusal('mix-and-match', `${namer.role} does not name this ${file.role}, version ${file.version}`);
}

/** Against an older file: versions only rise, and one version has one content. `held`: the text of the same role, if any. */
export function checkNotOlder(file: MetadataFile, held: string | null): TrustRefusal | undefined {
  const version = readVersion(held);
  if (file.version < version) return older(file.role, file.version, version);
  if (file.version > version || held === null || hasSameContent(file, held)) return undefined;
  return refusal('equivocation', `there is another ${file.role} of version ${version}`);
}

/** Against a file that names an older one than is held, or none, before that one is even looked at. */
export function checkNamesNotOlder(
  namer: MetadataFile,
  role: RoleName,
  held: string | null,
): TrustRefusal | undefined {
  const named = namer.names.get(role);
  if (named === undefined) return refusal('rollback', `${namer.role} does not name ${role}`);
  const version = readVersion(held);
  return named.version < version ? older(role, named.version, version) : undefined;
}

/** Compares what is signed, not the bytes: whoever carries a file can space it out or add signatures of strangers. */
function hasSameContent(file: MetadataFile, held: string): boolean {
  if (file.text === held) return true;
  const kept = readMetadata(file.role, Buffer.from(held, 'utf8'));
  return (
    kept.ok &&
    canonicalJson(kept.value.metadata.signed.toJSON()) === canonicalJson(file.metadata.signed.toJSON())
  );
}

function older(role: string, offered: number, held: number): TrustRefusal {
  return refusal('rollback', `${role} version ${offered} is older than the one held, ${held}`);
}
