// SPDX-License-Identifier: Apache-2.0
import { sha256, type Digest } from '@fairlead/base';
import { readRoots } from '@fairlead/commits';
import { judgeSuccessor, readTrustedRoot, type RoleName, type TrustedRoot } from '@fairlead/trust/verify';
import type { AuditSource } from './audit-source.ts';
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
  findings: Findings,
): RootChain | undefined {
  const read = readTrustedRoot(first);
  if (!read.ok || read.value.version !== 1) return undefined;
  const known: KnownRoot[] = [{ bytes: first, root: read.value }];
  let newest: KnownRoot = { bytes: first, root: read.value };

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
      // A commit that cannot be read is told where it is compiled.
      for (const [index, bytes] of ((await readRoots(source, commit)) ?? []).entries())
        if (!accept(index + 1, bytes, replaced, place)) break;
      return replaced;
    },
  };
}
