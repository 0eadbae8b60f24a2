// SPDX-License-Identifier: Apache-2.0
import { err, ok, type Result } from '@fairlead/base';
import type { ExtraHost, ExtraHostTarget } from '../container-network.ts';
import { isHostname } from '../names.ts';
import { ipAddress } from '../ip-address.ts';

/** `name:` and an address, `host_ip`, `host_ip_<interface>` or `container_<host name>`. */
export function parseExtraHost(text: string): Result<ExtraHost, string> {
  const colon = text.indexOf(':');
  const name = text.slice(0, Math.max(0, colon));
  if (!isHostname(name)) return err('write name:address, name:host_ip or name:container_<host name>');
  const to = targetOf(text.slice(colon + 1));
  return to === undefined
    ? err(`'${text.slice(colon + 1)}' is no address, nor host_ip[_interface], nor container_<host name>`)
    : ok({ name, to });
}

function targetOf(text: string): ExtraHostTarget | undefined {
  if (text === 'host_ip') return { kind: 'host', interface: null };
  const [, iface] = /^host_ip_([^\s/\0]{1,15})$/.exec(text) ?? [];
  if (iface !== undefined) return { kind: 'host', interface: iface };
  const hostname = text.startsWith('container_') ? text.slice('container_'.length) : '';
  if (isHostname(hostname)) return { kind: 'container', hostname };
  const address = ipAddress(text);
  return address === undefined ? undefined : { kind: 'address', address };
}

export function printExtraHost({ name, to }: ExtraHost): string {
  switch (to.kind) {
    case 'address':
      return `${name}:${to.address}`;
    case 'host':
      return `${name}:host_ip${to.interface === null ? '' : `_${to.interface}`}`;
    case 'container':
      return `${name}:container_${to.hostname}`;
  }
}
