// SPDX-License-Identifier: Apache-2.0
import { err, FairleadError, ok, type Result } from '@fairlead/base';
import { isIPv6 } from 'node:net';
import type { Flag } from './flags.ts';

export interface Address {
  readonly host: string;
  readonly port: number;
}

const howToWrite = 'Write it like fleet.example.org:8443, 127.0.0.1:8443 or [::1]:8443.';

/** A place to listen at, `host:port` or `[::1]:port`; port 0 takes a free one. Throws `misuse`. */
export function parseAddress(flag: string, text: string): Address {
  const address = readAddress(text, 0);
  if (address.ok) return address.value;
  throw new FairleadError({ code: 'misuse', message: `${flag}: ${address.error}`, hint: howToWrite });
}

/** Where a server is asked: `host:port`, both needed. */
export function addressFlag(flags: string, description: string): Flag<Address> {
  return {
    flags,
    description,
    parse: (text) => {
      const address = readAddress(text, 1);
      return address.ok ? address : err(`${address.error}. ${howToWrite}`);
    },
    absent: { kind: 'required' },
  };
}

/** How an address is written: as it is read. */
export function formatAddress({ host, port }: Address): string {
  return `${host.includes(':') ? `[${host}]` : host}:${String(port)}`;
}

/** Only this machine can reach it. */
export function isLoopback(host: string): boolean {
  return host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}

function readAddress(text: string, lowestPort: number): Result<Address, string> {
  const match = /^(?:\[([^\]]+)\]|([A-Za-z0-9._-]+)):(\d{1,5})$/.exec(text);
  const port = Number(match?.[3]);
  const [, v6, name] = match ?? [];
  const isHost = v6 === undefined ? name !== undefined : isIPv6(v6);
  if (!isHost || port < lowestPort || port > 65_535) return err(`'${text}' is not host:port`);
  return ok({ host: v6 ?? name ?? '', port });
}
