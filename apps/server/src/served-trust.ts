// SPDX-License-Identifier: Apache-2.0
import type { Bench } from './bench.ts';
import type { ServerKeys } from './server-keys.ts';

/** What the listeners show, and which CAs they believe. PEM. */
interface TlsContext {
  readonly key: string;
  readonly cert: string;
  readonly ca: readonly string[];
}

/** What whoever connects is told of trust, and is judged by: it follows the roots in effect. */
export interface ServedTrust {
  /** Exact texts from version 1 on. */
  roots(): readonly string[];
  /** PEM of each CA that the newest root names. */
  authorities(): readonly string[];
  tls(): TlsContext;
  /** What `tls` gives now, where it is no longer what it gave last; and whether a CA that counted then counts no more. */
  changedTls(): { readonly tls: TlsContext; readonly lostCa: boolean } | undefined;
}

export function createServedTrust(keys: ServerKeys, bench: () => Bench | undefined): ServedTrust {
  let shown: TlsContext | undefined;
  const tls = (): TlsContext => {
    const { key, certificate } = keys.server();
    return { key, cert: certificate, ca: keys.authorities() };
  };
  return {
    roots() {
      const roots = bench()
        ?.roots.inEffect()
        .map(({ bytes }) => bytes) ?? [keys.firstRoot];
      return roots.map((bytes) => Buffer.from(bytes).toString('utf8'));
    },
    authorities: () => keys.authorities(),
    tls: () => (shown = tls()),
    changedTls() {
      const before = shown;
      shown = tls();
      if (before !== undefined && textOf(before) === textOf(shown)) return undefined;
      const { ca } = shown;
      return { tls: shown, lostCa: before?.ca.some((pem) => !ca.includes(pem)) === true };
    },
  };
}

function textOf({ cert, ca }: TlsContext): string {
  return [cert, ...ca].join('');
}
