// SPDX-License-Identifier: Apache-2.0
import type { TrustCode } from '@fairlead/base';
import type { Publication } from '@fairlead/gateway';
import { openAuthority } from '@fairlead/identity/authority';
import { signRoot } from '@fairlead/trust/sign';
import { onTestFinished, describe, expect, it } from 'vitest';
import { startDevice } from './device.fixture.ts';
import {
  alpha,
  beta,
  createFleetKeys,
  idleUnit,
  newSigner,
  publicationOf,
  type FleetKeys,
  type RevisionPlan,
} from './forged-fleet.fixture.ts';
import { startHostileServer, type HostileServer } from './hostile-server.fixture.ts';

const day = 86_400_000;
const stateOf = (version: string) => ({
  format: 1 as const,
  units: [idleUnit('changing', version), idleUnit('steady')],
});

/** What an attacker has to work with: the fleet's keys, the server, and what the device took before. */
interface Scene {
  readonly keys: FleetKeys;
  readonly server: HostileServer;
  readonly older: Publication;
  readonly held: Publication;
  /** A genuine next revision, but for what is changed in its plan. */
  next(change?: Partial<RevisionPlan>): Publication;
}

const oversized = (file: Publication['targets']) => ({
  ...file,
  bytes: Buffer.concat([file.bytes, Buffer.alloc(32 * 1024, ' ')]),
});

const attacks: readonly (readonly [string, TrustCode, (scene: Scene) => Publication])[] = [
  [
    'a manifest that no metadata names',
    'unknown-target',
    ({ next }) => {
      const { revision, manifest } = next({ commit: 'f'.repeat(40) });
      return { ...next(), revision, manifest };
    },
  ],
  ['an old revision', 'rollback', ({ older }) => older],
  ['a lower counter under new metadata', 'rollback', ({ next, older }) => next({ counter: older.counter })],
  ['metadata that has expired', 'freeze', ({ next }) => next({ now: Date.now() - 100 * day })],
  ['metadata of two revisions', 'mix-and-match', ({ next, held }) => ({ ...next(), targets: held.targets })],
  [
    'the target state of another device',
    'wrong-device',
    ({ next }) => {
      const publication = next();
      const other = publication.devices.get(beta);
      return other === undefined
        ? publication
        : { ...publication, devices: new Map(publication.devices).set(alpha, other) };
    },
  ],
  [
    'a target state that was tampered with',
    'digest-mismatch',
    ({ next }) => {
      const publication = next();
      const evil = (bytes: Uint8Array) =>
        Buffer.from(Buffer.from(bytes).toString().replace('1000000', '2000000'));
      return { ...publication, body: (target) => evil(publication.body(target) ?? Buffer.alloc(0)) };
    },
  ],
  [
    'metadata signed by a stranger',
    'bad-signature',
    ({ next, keys }) => next({ signers: { ...keys.signers, targets: [newSigner(), newSigner()] } }),
  ],
  [
    'metadata signed by one of the two that must',
    'below-threshold',
    ({ next, keys }) => next({ signers: { ...keys.signers, targets: keys.signers.targets.slice(0, 1) } }),
  ],
  [
    'a next root of its own making, and metadata under it',
    'bad-signature',
    ({ next, keys, server }) => {
      const own = newSigner();
      const role = { keys: [own.publicKey], threshold: 1 };
      const roles = { root: role, targets: role, snapshot: role, timestamp: role };
      const ca = [openAuthority(keys.authorityKeys).fingerprint];
      server.giveSecondRoot(signRoot({ version: 2, expires: Date.now() + 365 * day, roles, ca }, [own]));
      const signers = { targets: [own], snapshot: [own], timestamp: [own] };
      return { ...next({ signers }), newestRoot: 2 };
    },
  ],
  [
    'a target state that does not end',
    'endless-data',
    ({ next, server }) => {
      server.onHttp1((socket) => {
        socket.on('error', () => undefined);
        socket.once('data', () => {
          socket.write('HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n');
          const pour = (): void => {
            while (socket.writable && socket.write(Buffer.alloc(64 * 1024, ' ')));
          };
          socket.on('drain', pour);
          pour();
        });
      });
      return { ...next(), body: () => undefined };
    },
  ],
  [
    'metadata beyond its size',
    'endless-data',
    ({ next }) => {
      const publication = next();
      return { ...publication, targets: oversized(publication.targets) };
    },
  ],
  [
    'another manifest at the counter that is held',
    'equivocation',
    ({ next, held }) => next({ counter: held.counter, commit: 'f'.repeat(40) }),
  ],
];

describe('when a server offers', () => {
  it.each(attacks)(
    '%s, the device says %s, leaves what runs alone, and takes the next good revision',
    async (_what, code, attack) => {
      const keys = await createFleetKeys();
      const server = await startHostileServer(keys);
      onTestFinished(() => server.stop());
      const older = publicationOf(keys, { counter: 4, version: 1, state: stateOf('older') });
      const held = publicationOf(keys, { counter: 5, version: 2, state: stateOf('held') });
      await server.publish(older);
      const device = await startDevice(server, alpha);
      await server.receiptOf(older.revision);
      await server.publish(held);
      await server.receiptOf(held.revision);
      const before = await device.view();

      const attacked = attack({
        keys,
        server,
        older,
        held,
        next: (change) => publicationOf(keys, { counter: 6, version: 3, state: stateOf('evil'), ...change }),
      });
      await server.publish(attacked);

      expect(await server.refusalOf(attacked.revision)).toBe(code);
      expect(await device.says('refused', code)).toMatchObject({ revision: held.revision });
      expect(await device.view()).toEqual(before);
      expect(server.received).toHaveLength(2);

      server.onHttp1(null);
      const good = publicationOf(keys, { counter: 9, version: 9, state: stateOf('good') });
      await server.publish(good);
      expect((await server.receiptOf(good.revision)).receipt).toMatchObject({
        result: 'applied',
        counter: 9,
      });
      expect((await device.view())['steady']).toEqual(before['steady']);
    },
  );
});
