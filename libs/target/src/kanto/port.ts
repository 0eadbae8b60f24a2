// SPDX-License-Identifier: Apache-2.0
import { err, ok, type Result } from '@fairlead/base';
import type { ContainerPort } from '../container-network.ts';
import { isIpv4 } from '../ip-address.ts';

const form = /^(?:(?<address>[^:]*):)?(?<hostPorts>[^:]*):(?<port>[^:/]*)(?:\/(?<protocol>[^/]*))?$/;
const protocols = ['tcp', 'udp', 'sctp'] as const;

/**
 * `[address:]hostPort[-end]:containerPort[/protocol]`. A range of the container that is a single port is read as that, and `localhost`
 * as 127.0.0.1, which Kanto does not.
 */
export function parsePort(text: string): Result<ContainerPort, string> {
  const { address, hostPorts, port: ports, protocol: named } = form.exec(text.trim())?.groups ?? {};
  if (hostPorts === undefined || ports === undefined)
    return err('write [address:]hostPort[-end]:containerPort[/protocol], with an address of IPv4');
  const hostAddress = address === undefined ? '0.0.0.0' : address === 'localhost' ? '127.0.0.1' : address;
  if (!isIpv4(hostAddress)) return err(`'${hostAddress}' is no address of IPv4`);
  const protocol = named === undefined || named === '' ? 'tcp' : protocols.find((known) => known === named);
  if (protocol === undefined) return err(`'${String(named)}' is none of ${protocols.join(', ')}`);
  const onHost = parseRange(hostPorts);
  if (!onHost.ok) return onHost;
  const inside = parseRange(ports);
  if (!inside.ok) return inside;
  if (inside.value === null) return err('port 0 of a container is none');
  const { first, last } = inside.value;
  if (first !== last) return err('the range belongs to the host: a container has one port in each entry');
  return ok({ hostAddress, hostPorts: onHost.value, port: first, protocol });
}

/** Null for 0: any port. */
function parseRange(text: string): Result<ContainerPort['hostPorts'], string> {
  const [, from, to] = /^(\d{1,6})(?:-(\d{1,6}))?$/.exec(text) ?? [];
  if (from === undefined) return err(`'${text}' is no port, nor a range like 8000-8010`);
  const first = Number(from);
  const last = to === undefined ? first : Number(to);
  if (Math.max(first, last) > 65_535) return err(`${String(Math.max(first, last))} is above 65535`);
  if (last < first) return err(`the range ${text} runs backwards`);
  if (first === 0 && last > 0) return err('a range cannot begin with 0');
  return ok(first === 0 ? null : { first, last });
}

/** As Kanto writes it: without the address that stands for all, and without the end of a range of one. */
export function printPort({ hostAddress, hostPorts, port, protocol }: ContainerPort): string {
  const address = hostAddress === null || hostAddress === '0.0.0.0' ? '' : `${hostAddress}:`;
  const { first, last } = hostPorts ?? { first: 0, last: 0 };
  const range = first === last ? String(first) : `${String(first)}-${String(last)}`;
  return `${address}${range}:${String(port)}/${protocol}`;
}
