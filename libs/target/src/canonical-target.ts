// SPDX-License-Identifier: Apache-2.0
import { canonicalBytes, sha256, type Digest } from '@fairlead/base';
import type { DomainName, TargetState, Unit } from './target-state.ts';

/** The canonical form (RFC 8785, UTF-8): what is signed by way of its digest, stored and sent. */
export function targetBytes(state: TargetState): Uint8Array {
  return canonicalBytes(state);
}

export function targetDigest(state: TargetState): Digest {
  return sha256(targetBytes(state));
}

/** Names one version of a unit: two units with one digest run alike. */
export function unitDigest(unit: Unit): Digest {
  return sha256(canonicalBytes(unit));
}

/** `domain/name`. */
export function unitKey(unit: { readonly domain: DomainName; readonly name: string }): string {
  return `${unit.domain}/${unit.name}`;
}
