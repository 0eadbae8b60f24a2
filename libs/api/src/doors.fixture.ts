// SPDX-License-Identifier: Apache-2.0
import { digestFromHex, sha256, type Digest } from '@fairlead/base';
import { certificateIdentity } from '@fairlead/identity';
import { createAuthorityKeys, openAuthority, type KeyPair } from '@fairlead/identity/authority';
import { createCsr, createDeviceKey } from '@fairlead/identity/device';
import { request as httpsRequest } from 'node:https';
import type { IncomingHttpHeaders } from 'node:http';
import { createServer, type TLSSocket } from 'node:tls';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import { createDeviceDoors } from './device-doors.ts';
import type { HttpLimits } from './http-server.ts';
import type { HttpPeer, PublishedFiles } from './ports.ts';

export const [one, two] = [
  '0b9e1c5a-0000-4000-8000-000000000001',
  '0b9e1c5a-0000-4000-8000-000000000002',
] as const;
const fleet = digestFromHex('f1'.repeat(32));

/** Key and certificate for the server, a device each, and an operator, of one CA. */
export async function createPairs() {
  const now = Date.now();
  const keys = await createAuthorityKeys(now);
  const authority = openAuthority(keys);
  const device = async (id: string): Promise<KeyPair> => {
    const key = createDeviceKey();
    const issued = await authority.issueDevice({ csr: createCsr(key, id), fleet, device: id, now });
    if (!issued.ok) throw new Error(issued.error);
    return { key, certificate: issued.value.certificate };
  };
  const [serverKey, operatorKey] = [createDeviceKey(), createDeviceKey()];
  const { certificate: server } = await authority.issueServer({
    key: serverKey,
    fleet,
    names: ['localhost'],
    now,
  });
  const { certificate: operator } = await authority.issueOperator({
    key: operatorKey,
    fleet,
    name: 'olga',
    now,
  });
  return {
    ca: authority.certificate,
    server: { key: serverKey, certificate: server },
    operator: { key: operatorKey, certificate: operator },
    one: await device(one),
    two: await device(two),
  };
}

export type Pairs = Awaited<ReturnType<typeof createPairs>>;

export const bodies = { [one]: Buffer.from('state of one'), [two]: Buffer.from('state of two') } as const;

export function publishedAt(version: number): PublishedFiles {
  const manifest = Buffer.from(`manifest ${version}`);
  const file = (role: string) => ({ version, bytes: Buffer.from(`${role} ${version}`) });
  const byDigest = new Map<Digest, Uint8Array>(Object.values(bodies).map((body) => [sha256(body), body]));
  return {
    revision: sha256(manifest),
    manifest,
    timestamp: file('timestamp'),
    snapshot: file('snapshot'),
    targets: file('targets'),
    devices: new Map(Object.entries(bodies).map(([id, body]) => [id, { target: sha256(body) }])),
    body: (target) => byDigest.get(target),
  };
}

/** The doors behind a TLS listener as the gateway's: certificates are asked for, and counted only if verified. */
export async function startDeviceDoors(
  pairs: Pairs,
  published: () => PublishedFiles | undefined,
  {
    limits,
    roots = ['root 1', 'root 2'],
  }: { readonly limits?: HttpLimits; readonly roots?: readonly string[] } = {},
) {
  const ports = {
    trust: { roots: () => roots, authorities: () => [pairs.ca] },
    published,
    identify,
  };
  const doors = createDeviceDoors(ports, limits);
  await doors.start();
  const sockets = new Set<TLSSocket>();
  const tls = createServer({
    key: pairs.server.key,
    cert: pairs.server.certificate,
    ca: pairs.ca,
    requestCert: true,
    rejectUnauthorized: false,
  });
  tls.on('secureConnection', (socket) => {
    sockets.add(socket);
    doors.accept(socket);
  });
  await new Promise<void>((resolve) => tls.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    await doors.stop();
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => tls.close(resolve));
  });
  return { port: (tls.address() as AddressInfo).port, ca: pairs.ca };
}

function identify(socket: TLSSocket): HttpPeer {
  const certificate = socket.authorized ? socket.getPeerX509Certificate() : undefined;
  const identity = certificate === undefined ? undefined : certificateIdentity(certificate);
  if (identity?.ok !== true) return { kind: 'anonymous' };
  return identity.value.kind === 'device'
    ? { kind: 'device', id: identity.value.id }
    : { kind: identity.value.kind };
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

export interface AskOptions {
  readonly pair?: KeyPair;
  readonly headers?: Readonly<Record<string, string>>;
  readonly method?: string;
}

export function ask(
  at: { readonly port: number; readonly ca: string },
  path: string,
  { pair, headers, method }: AskOptions = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = httpsRequest(
      {
        host: '127.0.0.1',
        port: at.port,
        path,
        method: method ?? 'GET',
        agent: false,
        ca: at.ca,
        headers: { ...headers },
        checkServerIdentity: () => undefined,
        ...(pair === undefined ? {} : { key: pair.key, cert: pair.certificate }),
      },
      (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (part: string) => {
          text += part;
        });
        response.on('end', () => {
          resolve({ status: response.statusCode ?? 0, headers: response.headers, text });
        });
      },
    );
    request.on('error', reject).end();
  });
}
