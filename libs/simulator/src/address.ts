// SPDX-License-Identifier: Apache-2.0
import { FairleadError } from '@fairlead/base';

export interface ServerAddress {
  readonly host: string;
  readonly port: number;
}

/** `host:port`, `[v6]:port`. Throws `misuse`. */
export function splitAddress(address: string): ServerAddress {
  const match = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(address);
  const host = match?.[1] ?? match?.[2];
  const port = Number(match?.[3]);
  if (host === undefined || port > 65_535)
    throw new FairleadError({ code: 'misuse', message: `'${address}' is not host:port` });
  return { host, port };
}

/** Who the server is, its certificate says; the name in the handshake is a formality, as it is for agents. */
export const serverName = 'fairlead-server';
