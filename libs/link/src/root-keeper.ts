// SPDX-License-Identifier: Apache-2.0
import type { Clock, Logger } from '@fairlead/base';
import { acceptRoots, heldVersions } from '@fairlead/trust/verify';
import { tlsOf, type Credentials, type CredentialStore } from './credentials.ts';
import { fetchRoots } from './fetch-roots.ts';
import { fetchLaterTrust } from './first-trust.ts';
import type { HeldTrustFile } from './held-trust-file.ts';

export interface RootKeeperPorts {
  readonly server: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly trust: HeldTrustFile;
  readonly credentials: CredentialStore;
}

/** Keeps root and CA at what the server names as newest. What fails is told and tried again with the next stream. */
export interface RootKeeper {
  /** Takes the roots up to `newest`, and the CA with them. */
  catchUp(who: Credentials, newest: number, signal: AbortSignal): Promise<void>;
  /** Asks anew which CAs the root names: for a server whose certificate comes from a CA that this device never saw. */
  renewCa(signal: AbortSignal): Promise<void>;
}

export function createRootKeeper(ports: RootKeeperPorts): RootKeeper {
  const renewCa = async (signal: AbortSignal): Promise<void> => {
    const held = ports.trust.current();
    if (held === null) return;
    const anchor = await fetchLaterTrust(ports.clock, ports.server, held, signal);
    if (!anchor.ok) {
      ports.logger.info('the CA could not be looked up', { ...anchor.error });
      return;
    }
    await ports.trust.save(anchor.value.held);
    const known = await ports.credentials.load();
    if (known !== null && known.ca.join('') !== anchor.value.ca.join(''))
      await ports.credentials.saveCa(anchor.value.ca);
  };

  return {
    renewCa,
    async catchUp(who, newest, signal) {
      const held = ports.trust.current();
      if (held === null || newest <= heldVersions(held).root) return;
      const source = { server: ports.server, tls: tlsOf(who) };
      const roots = await fetchRoots(ports.clock, source, heldVersions(held).root, newest, signal);
      const accepted = roots.ok ? acceptRoots(held, roots.value) : roots;
      if (!accepted.ok) {
        ports.logger.warn('newer roots were not taken', {
          code: accepted.error.code,
          reason: accepted.error.message,
        });
        return;
      }
      await ports.trust.save(accepted.value);
      await renewCa(signal);
    },
  };
}
