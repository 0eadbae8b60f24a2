// SPDX-License-Identifier: Apache-2.0
import { canonicalJson } from '@fairlead/base';
import * as v from 'valibot';
import type { ContainerSettings } from '../container-settings.ts';
import { isDomainName, isHostname } from '../names.ts';
import { ipAddress, isIpv4 } from '../ip-address.ts';
import { targetLimits } from '../limits.ts';
import { engineName, label, port, program, rising } from './parts.ts';

const address = v.pipe(
  v.string(),
  v.check((text) => ipAddress(text) === text, 'no IP address in its one writing'),
);
const ipv4 = v.pipe(address, v.check(isIpv4, 'no IPv4 address'));
const ipv6 = v.pipe(address, v.includes(':', 'no IPv6 address'));
const hostname = v.pipe(v.string(), v.check(isHostname, 'no host name'));

const exposed = { port, protocol: v.picklist(['tcp', 'udp', 'sctp']) };

const hostPorts = v.pipe(
  v.strictObject({ first: port, last: port }),
  v.check(({ first, last }) => first <= last, 'the last is before the first'),
);

const extraHost = v.strictObject({
  name: hostname,
  to: v.variant('kind', [
    v.strictObject({ kind: v.literal('address'), address }),
    v.strictObject({ kind: v.literal('host'), interface: v.nullable(label) }),
    v.strictObject({ kind: v.literal('container'), hostname }),
  ]),
});

const words = v.pipe(v.array(program), v.maxLength(targetLimits.settings, 'too many'), v.readonly());

/** How it is reached, and what it reaches. */
export const containerNetworkFields = {
  network: v.variant('kind', [
    v.strictObject({ kind: v.picklist(['bridge', 'host', 'none']) }),
    v.strictObject({ kind: v.picklist(['container', 'named']), name: engineName }),
  ]),
  networks: rising(
    v.strictObject({
      name: engineName,
      aliases: rising(hostname, targetLimits.settings, (alias) => alias),
      ipv4: v.nullable(ipv4),
      ipv6: v.nullable(ipv6),
    }),
    targetLimits.settings,
    ({ name }) => name,
  ),
  ports: rising(
    v.strictObject({ ...exposed, hostAddress: v.nullable(address), hostPorts: v.nullable(hostPorts) }),
    targetLimits.settings,
    canonicalJson,
  ),
  exposed: rising(v.strictObject(exposed), targetLimits.settings, canonicalJson),
  hostname: v.nullable(hostname),
  domainName: v.nullable(v.pipe(v.string(), v.check(isDomainName, 'no domain name'))),
  extraHosts: rising(extraHost, targetLimits.settings, canonicalJson),
  dns: v.strictObject({
    servers: v.pipe(v.array(address), v.maxLength(targetLimits.settings, 'too many'), v.readonly()),
    search: words,
    options: words,
  }),
};

export function publishesWhereItCan({
  network,
  ports,
}: Pick<ContainerSettings, 'network' | 'ports'>): boolean {
  return ports.length === 0 || network.kind === 'bridge' || network.kind === 'named';
}
