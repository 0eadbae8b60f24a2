// SPDX-License-Identifier: Apache-2.0
import { sha256, type Digest } from '@fairlead/base';
import {
  judgeSuccessor,
  limits,
  readTrustedRoot,
  type RoleName,
  type TrustedRoot,
} from '@fairlead/trust/verify';
import type { AuditSource } from './audit-source.ts';
import type { CommitFiles } from './commit-files.ts';
import type { Findings, Place } from './finding.ts';

/** The roots of a fleet, as far as the recorded commits have brought them. */
export interface RootChain {
  /** SHA-256 of root version 1. */
  readonly fleet: Digest;
  /** The one in force. */
  newest(): { readonly bytes: Uint8Array; readonly root: TrustedRoot };
  /** All so far, from version 1 on. */
  all(): readonly TrustedRoot[];
  allBytes(): readonly Uint8Array[];
  /** Takes the roots that a recorded commit holds; the roles of which one of them took a key away. */
  advance(commit: string, place: Place): Promise<ReadonlySet<RoleName>>;
}

interface KnownRoot {
  readonly bytes: Uint8Array;
  readonly root: TrustedRoot;
}

const folder = 'trust/root';
const roles = ['root', 'timestamp', 'snapshot', 'targets'] as const;

/** `first`: bytes of root version 1, which the caller vouches for. Undefined: they are no root. */
export function createRootChain(
  first: Uint8Array,
  source: AuditSource,
  files: CommitFiles,
  findings: Findings,
): RootChain | undefined {
  const read = readTrustedRoot(first);
  if (!read.ok || read.value.version !== 1) return undefined;
  const known: KnownRoot[] = [{ bytes: first, root: read.value }];
  let newest: KnownRoot = { bytes: first, root: read.value };
  /** What was compared already: version and blob. */
  const seen = new Set<string>();

  function accept(version: number, bytes: Uint8Array, replaced: Set<RoleName>, place: Place): boolean {
    const held = known[version - 1];
    if (held !== undefined) {
      if (Buffer.compare(held.bytes, bytes) === 0) return true;
      const message = `${folder}/${String(version)}.json differs from the root that is trusted`;
      findings.error(version === 1 ? 'fleet-changed' : 'root-invalid', message, place);
      return false;
    }
    const next = judgeSuccessor(newest.bytes, bytes);
    if (!next.ok) {
      findings.error(next.error.code, `${folder}/${String(version)}.json: ${next.error.message}`, place);
      return false;
    }
    for (const role of roles) {
      const kept = new Set(next.value.roles[role].keys.map(({ id }) => id));
      if (newest.root.roles[role].keys.some(({ id }) => !kept.has(id))) replaced.add(role);
    }
    newest = { bytes, root: next.value };
    known.push(newest);
    return true;
  }

  return {
    fleet: sha256(first),
    newest: () => newest,
    all: () => known.map(({ root }) => root),
    allBytes: () => known.map(({ bytes }) => bytes),
    async advance(commit, place) {
      const replaced = new Set<RoleName>();
      const entries = await files.folder(commit, folder);
      // A commit that cannot be read is told where it is compiled.
      if (!entries.ok) return replaced;
      const byName = new Map(
        entries.value.map(({ name, oid, kind }) => [name, kind === 'file' ? oid : undefined]),
      );
      for (let version = 1; ; version += 1) {
        const oid = byName.get(`${String(version)}.json`);
        if (oid === undefined) break;
        if (seen.has(`${String(version)} ${oid}`)) continue;
        const bytes = await source.objects.blob(oid, limits.root);
        if (!bytes.ok) {
          findings.error(bytes.error.code, bytes.error.message, place);
          break;
        }
        if (!accept(version, bytes.value, replaced, place)) break;
        seen.add(`${String(version)} ${oid}`);
      }
      return replaced;
    },
  };
}
