// SPDX-License-Identifier: Apache-2.0
import type { ContainerPort, ExposedPort, PortProtocol } from '../container-network.ts';
import { isIpv4 } from '../ip-address.ts';
import { targetLimits } from '../limits.ts';
import { items, type Parse, type Refuse } from './values.ts';

interface PortRange {
  readonly first: number;
  readonly last: number;
}

const protocols = ['tcp', 'udp', 'sctp'] as const;

/** `80`, `443/udp`, `8000-8002`: numbers, or a list or text of these. */
export const exposedPorts: Parse<readonly ExposedPort[]> = (value, refuse) =>
  portTexts(value, refuse)?.flatMap((text) => {
    const range = containerPorts(text, refuse);
    return range === null ? [] : eachPort(range);
  }) ?? null;

/** `[address:][hostPort:]containerPort[/protocol]`; of ranges as many ports on both sides. */
export const portBindings: Parse<readonly ContainerPort[]> = (value, refuse) =>
  portTexts(value, refuse)?.flatMap((text) => binding(text, refuse) ?? []) ?? null;

/** A number alone is one port. */
const portTexts: Parse<readonly string[]> = (value, refuse) =>
  items(typeof value === 'number' ? [value] : value, refuse)?.flatMap((item, index) => {
    if (typeof item === 'string' || typeof item === 'number') return [String(item)];
    refuse('a port is needed', undefined, [index]);
    return [];
  }) ?? null;

function binding(text: string, refuse: Refuse): readonly ContainerPort[] | null {
  const parts = text.split(':');
  if (parts.length > 3) return refuse(`'${text}' has more than three parts; an address is one of IPv4`);
  const inContainer = containerPorts(parts.at(-1) ?? '', refuse);
  const hostAddress = parts.length === 3 ? (parts[0] ?? '') : null;
  if (hostAddress !== null && !isIpv4(hostAddress)) return refuse(`'${hostAddress}' is no address of IPv4`);
  if (inContainer === null) return null;
  const hostText = parts.at(-2) ?? '';
  const onHost = hostText === '' ? undefined : parseRange(hostText);
  if (hostText !== '' && onHost === undefined) return refuse(`'${hostText}' is no port of the host`);
  if (onHost !== undefined && onHost.last - onHost.first !== inContainer.last - inContainer.first)
    return refuse(`'${text}' has not as many ports of the host as of the container`);
  return eachPort(inContainer).map((exposed, index) => {
    const port = onHost === undefined ? undefined : onHost.first + index;
    return { ...exposed, hostAddress, hostPorts: port === undefined ? null : { first: port, last: port } };
  });
}

function containerPorts(
  text: string,
  refuse: Refuse,
): (PortRange & { readonly protocol: PortProtocol }) | null {
  const [ports = '', written = 'tcp', ...more] = text.split('/');
  const range = parseRange(ports);
  const protocol = protocols.find((known) => known === written.toLowerCase());
  if (range === undefined || protocol === undefined || more.length > 0)
    return refuse(`'${text}' is no port of a container`, 'Write it like 80, 53/udp or 8000-8002.');
  return range.last - range.first < targetLimits.settings
    ? { ...range, protocol }
    : refuse(`'${text}' are more than ${String(targetLimits.settings)} ports`);
}

function parseRange(text: string): PortRange | undefined {
  const [, from, to = from] = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(text) ?? [];
  const [first, last] = [Number(from), Number(to)];
  return first >= 1 && last >= first && last <= 65_535 ? { first, last } : undefined;
}

function eachPort({
  first,
  last,
  protocol,
}: PortRange & { readonly protocol: PortProtocol }): readonly ExposedPort[] {
  return Array.from({ length: last - first + 1 }, (_, index) => ({ port: first + index, protocol }));
}
