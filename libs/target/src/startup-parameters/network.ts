// SPDX-License-Identifier: Apache-2.0
import { sortedBy } from '@fairlead/base';
import { canonicalList, canonicalTexts } from '../canonical-list.ts';
import type { ContainerNetwork, ExtraHost, NetworkAttachment } from '../container-network.ts';
import type { ContainerSettings } from '../container-settings.ts';
import { isDictionary } from '../dictionary.ts';
import { isDomainName, isEngineName, isHostname } from '../names.ts';
import { ipAddress, isIpv4 } from '../ip-address.ts';
import type { ParameterReader } from './parameter-reader.ts';
import { exposedPorts, portBindings } from './ports.ts';
import { inside, listOf, named, word, words, type Parse, type Refuse } from './values.ts';

/** How it is reached, and what it reaches. */
export function networkOf(
  reader: ParameterReader,
): Pick<
  ContainerSettings,
  'network' | 'networks' | 'ports' | 'exposed' | 'hostname' | 'domainName' | 'extraHosts' | 'dns'
> {
  const network = reader.read('network_mode', networkMode) ?? { kind: 'bridge' };
  const ports = canonicalList(reader.read('port_bindings', portBindings) ?? []);
  if (ports.length > 0 && network.kind !== 'bridge' && network.kind !== 'named') {
    const message = `a container with network_mode ${network.kind} has no ports of its own to bind`;
    reader.conflict('port_bindings', message, 'Remove the ports, or network_mode.');
  }
  const published = new Set(ports.map(({ port, protocol }) => `${String(port)}/${protocol}`));
  const exposed = (reader.read('ports', exposedPorts) ?? []).filter(
    ({ port, protocol }) => !published.has(`${String(port)}/${protocol}`),
  );
  return {
    network,
    networks: reader.read('networks', networks) ?? [],
    ports,
    exposed: canonicalList(exposed),
    hostname: reader.read('hostname', hostname) ?? null,
    domainName: reader.read('domainname', domainName) ?? null,
    extraHosts: canonicalList(reader.read('extra_hosts', extraHosts) ?? []),
    dns: {
      servers: reader.read('dns', listOf(address)) ?? [],
      search: reader.read('dns_search', words) ?? [],
      options: reader.read('dns_opt', words) ?? [],
    },
  };
}

const networkMode: Parse<ContainerNetwork> = (value, refuse) => {
  const mode = word(value, refuse);
  if (mode === null) return null;
  if (mode === 'bridge' || mode === 'default') return { kind: 'bridge' };
  if (mode === 'host' || mode === 'none') return { kind: mode };
  const inContainer = mode.startsWith('container:');
  const name = inContainer ? mode.slice('container:'.length) : mode;
  return isEngineName(name)
    ? { kind: inContainer ? 'container' : 'named', name }
    : refuse(`'${mode}' is none of bridge, host, none, container:<name>, nor the name of a network`);
};

/** Each network once. */
const networks: Parse<readonly NetworkAttachment[]> = (value, refuse) => {
  const byName = new Map<string, NetworkAttachment>();
  for (const [name, options] of named(value, refuse) ?? []) {
    if (!isEngineName(name)) refuse(`'${name}' is no name of a network`);
    if (byName.has(name)) refuse(`the network '${name}' stands twice`);
    byName.set(name, attachment(name, options, refuse));
  }
  return sortedBy(byName.values(), ({ name }) => name);
};

function attachment(name: string, options: unknown, refuse: Refuse): NetworkAttachment {
  const given = new Map(options === null ? [] : named(options, refuse));
  const refuseIn = (option: string): Refuse => inside(refuse, [name, option]);
  for (const option of given.keys()) {
    if (!['aliases', 'ipv4_address', 'ipv6_address'].includes(option))
      refuseIn(option)(`'${option}' is none of aliases, ipv4_address, ipv6_address`);
  }
  const read = <T>(option: string, parse: Parse<T>): T | undefined =>
    given.has(option) ? (parse(given.get(option), refuseIn(option)) ?? undefined) : undefined;
  const [ipv4, ipv6] = [read('ipv4_address', address), read('ipv6_address', address)];
  if (ipv4 !== undefined && !isIpv4(ipv4)) refuseIn('ipv4_address')(`'${ipv4}' is no address of IPv4`);
  if (ipv6 !== undefined && isIpv4(ipv6)) refuseIn('ipv6_address')(`'${ipv6}' is no address of IPv6`);
  const aliases = canonicalTexts(read('aliases', listOf(hostname)) ?? []);
  return { name, aliases, ipv4: ipv4 ?? null, ipv6: ipv6 ?? null };
}

const address: Parse<string> = (value, refuse) => {
  const text = word(value, refuse);
  if (text === null) return null;
  return ipAddress(text) ?? refuse(`'${text}' is no IP address`);
};

const hostname: Parse<string> = (value, refuse) => {
  const text = word(value, refuse);
  if (text === null) return null;
  return isHostname(text) ? text : refuse(`'${text}' is no name of a host`);
};

const domainName: Parse<string> = (value, refuse) => {
  const text = word(value, refuse);
  if (text === null) return null;
  return isDomainName(text) ? text : refuse(`'${text}' is no name of a domain`);
};

/** `name:address` as a list or with commas, or a mapping; `host-gateway` stands for the host. */
const extraHosts: Parse<readonly ExtraHost[]> = (value, refuse) => {
  const pairs = isDictionary(value)
    ? Object.entries(value)
    : (words(value, refuse) ?? []).map((text) => {
        const colon = Math.max(0, text.indexOf(':'));
        return [text.slice(0, colon), text.slice(colon + 1)] as const;
      });
  return pairs.flatMap(([name, to]): ExtraHost[] => {
    if (!isHostname(name)) {
      refuse(`'${name}' is no name of a host`, 'Write name:address.');
      return [];
    }
    if (to === 'host-gateway') return [{ name, to: { kind: 'host', interface: null } }];
    const read = address(to, refuse);
    return read === null ? [] : [{ name, to: { kind: 'address', address: read } }];
  });
};
