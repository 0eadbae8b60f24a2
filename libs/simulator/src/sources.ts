// SPDX-License-Identifier: Apache-2.0
import { digestHex, err, ok, type Code, type Digest, type Result } from '@fairlead/base';
import { parseTarget, unitKey } from '@fairlead/target';
import { heldVersions, limits, verifyTargetBytes, type HeldTrust } from '@fairlead/trust/verify';
import type { ServerAddress } from './address.ts';
import { httpsGet } from './https-get.ts';
import type { FleetAnchor, SimulatedIdentity } from './identity.ts';

/** What devices fetch beside their stream. */
export interface Sources {
  /** Roots that follow the one held, up to `newest`. Fetched once for all devices of this process. */
  roots(
    who: SimulatedIdentity,
    held: HeldTrust,
    newest: number,
    signal: AbortSignal,
  ): Promise<readonly Uint8Array[]>;
  /** A target state that is too large for an offer. Each device fetches its own, as it would. */
  target(who: SimulatedIdentity, digest: Digest, signal: AbortSignal): Promise<Uint8Array>;
  /** Units of a target state, or what is wrong with it. Parsed once for all devices of this process. */
  units(
    bytes: Uint8Array,
    digest: Digest,
  ): Result<readonly string[], { readonly code: Code; readonly message: string }>;
}

/** Target states whose units are remembered. */
const maxKnown = 1_024;

export function createSources(address: ServerAddress, anchor: FleetAnchor): Sources {
  const roots = new Map<number, Promise<Uint8Array>>();
  const known = new Map<Digest, readonly string[]>();

  const root = (who: SimulatedIdentity, version: number, signal: AbortSignal): Promise<Uint8Array> => {
    const before = roots.get(version);
    if (before !== undefined) return before;
    const fetched = httpsGet(address, `/tuf/${String(version)}.root.json`, limits.root, who, anchor, signal);
    roots.set(version, fetched);
    fetched.catch(() => roots.delete(version));
    return fetched;
  };

  return {
    roots(who, held, newest, signal) {
      const from = heldVersions(held).root + 1;
      const count = Math.max(0, Math.min(newest - from + 1, limits.roots));
      return Promise.all(Array.from({ length: count }, (_, n) => root(who, from + n, signal)));
    },
    target: (who, digest, signal) =>
      httpsGet(address, `/targets/${digestHex(digest)}`, limits.target, who, anchor, signal),
    units(bytes, digest) {
      const genuine = verifyTargetBytes(bytes, digest);
      if (!genuine.ok) return genuine;
      const before = known.get(digest);
      if (before !== undefined) return ok(before);
      const state = parseTarget(bytes);
      if (!state.ok) return err({ code: 'unsupported', message: `target state: ${state.error.join('; ')}` });
      const units = state.value.units.map(unitKey);
      if (known.size < maxKnown) known.set(digest, units);
      return ok(units);
    },
  };
}
