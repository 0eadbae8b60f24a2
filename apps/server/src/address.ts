// SPDX-License-Identifier: Apache-2.0
import { FairleadError } from '@fairlead/base';

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** `host:port`, `[::1]:port`; port 0 takes a free one. */
export function parseAddress(flag: string, text: string): Address {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^:\s]+)):(\d{1,5})$/.exec(text);
  const port = Number(match?.[3]);
  if (match === null || port > 65_535) {
    throw new FairleadError({
      code: 'misuse',
      message: `${flag}: '${text}' is not host:port`,
      hint: 'Write it like 127.0.0.1:8443 or [::1]:8443.',
    });
  }
  return { host: match[1] ?? match[2] ?? '', port };
}

/** How an address is written: as `parseAddress` reads it. */
export function formatAddress({ host, port }: Address): string {
  return `${host.includes(':') ? `[${host}]` : host}:${String(port)}`;
}

/** Only this machine can reach it. */
export function isLoopback(host: string): boolean {
  return host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}
