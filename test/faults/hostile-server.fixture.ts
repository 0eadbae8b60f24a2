// SPDX-License-Identifier: Apache-2.0
import { createDeviceDoors } from '@fairlead/api';
import { ok, silentLogger, type Digest } from '@fairlead/base';
import {
  createGateway,
  type Gateway,
  type GatewayEvent,
  type Publication,
  type ReceivedReceipt,
} from '@fairlead/gateway';
import { formatToken } from '@fairlead/identity';
import { checkToken, createEnrolmentKey, createToken, openAuthority } from '@fairlead/identity/authority';
import { createDeviceKey } from '@fairlead/identity/device';
import { systemClock, waitFor } from '@fairlead/testing';
import { receiptHash } from '@fairlead/trust/verify';
import type { TLSSocket } from 'node:tls';
import type { FleetKeys } from './forged-fleet.fixture.ts';

/** A server that says whatever it is given: the real gateway, with receipts kept in memory and nothing that judges what it publishes. */
export interface HostileServer {
  /** `host:port`. */
  readonly address: string;
  readonly events: readonly GatewayEvent[];
  readonly received: readonly ReceivedReceipt[];
  readonly gateway: Gateway;
  /** Enrolment token for one of its devices. */
  tokenFor(device: string): string;
  publish(publication: Publication): Promise<void>;
  /** Gives this as version 2 of the root from now on. */
  giveSecondRoot(second: Uint8Array): void;
  /** Waits for the refusal of a revision; its code as the server understands it. */
  refusalOf(revision: Digest): Promise<string>;
  receiptOf(revision: Digest): Promise<ReceivedReceipt>;
  /** Takes connections that speak HTTP/1.1 from now on, in place of the honest doors; null: those again. */
  onHttp1(take: ((socket: TLSSocket) => void) | null): void;
  stop(): Promise<void>;
}

export async function startHostileServer({ root, fleet, authorityKeys }: FleetKeys): Promise<HostileServer> {
  const authority = openAuthority(authorityKeys);
  const now = Date.now();
  const key = createDeviceKey();
  const { certificate } = await authority.issueServer({ key, fleet, names: ['127.0.0.1'], now });
  const enrolmentKey = createEnrolmentKey();
  const events: GatewayEvent[] = [];
  const received: ReceivedReceipt[] = [];
  let otherDoor: ((socket: TLSSocket) => void) | null = null;

  const roots = [root];
  const doors = createDeviceDoors({
    trust: {
      roots: () => roots.map((one) => Buffer.from(one).toString()),
      authorities: () => [authority.certificate],
    },
    published: () => gateway.published(),
    identify: (socket) => gateway.identify(socket),
  });
  const gateway = createGateway(
    {
      host: '127.0.0.1',
      port: 0,
      tls: { key, cert: certificate, ca: [authority.certificate] },
      graceMs: 500,
    },
    {
      clock: systemClock,
      random: Math.random,
      logger: silentLogger,
      identities: { fleet, isRevoked: () => false, renewedUntil: () => undefined },
      receipts: {
        position(device) {
          const last = received.findLast((one) => one.device === device);
          if (last === undefined) return null;
          const { instance, seq } = last.receipt;
          return { instance, seq, hash: receiptHash(last.envelope) };
        },
        async store(receipt) {
          received.push(receipt);
          return ok();
        },
      },
      enrolment: {
        async enroll({ token, csr }) {
          const checked = checkToken(token, { enrolmentKey, fleet, now });
          if (!checked.ok) return checked;
          const issued = await authority.issueDevice({ csr, fleet, device: checked.value.device, now });
          return issued.ok ? issued : { ok: false, error: { code: 'invalid-input', message: issued.error } };
        },
        ask: () => Promise.reject(new Error('nobody is approved here')),
        renew: () => Promise.reject(new Error('nobody renews here')),
      },
      seenBefore: () => null,
      services: () => [],
      onHttp1: (socket) => {
        if (otherDoor === null) doors.accept(socket);
        else otherDoor(socket);
      },
      onEvent: (event) => events.push(event),
    },
  );
  const end = new AbortController();
  await doors.start();
  await gateway.start(end.signal);

  return {
    address: `127.0.0.1:${String(gateway.address().port)}`,
    events,
    received,
    gateway,
    tokenFor: (device) => formatToken(createToken({ enrolmentKey, fleet, device, expires: now + 3_600_000 })),
    publish: (publication) => gateway.publish(publication),
    giveSecondRoot(second) {
      roots[1] = second;
    },
    refusalOf: (revision) =>
      waitFor(
        () => {
          const found = events.findLast(
            (event) => event.kind === 'refused' && event.refusal.revision === revision,
          );
          return found?.kind === 'refused' && found.code;
        },
        { what: `a refusal of ${revision}` },
      ),
    receiptOf: (revision) =>
      waitFor(() => received.find(({ receipt }) => receipt.revision === revision), {
        what: `a receipt for ${revision}`,
      }),
    onHttp1: (take) => {
      otherDoor = take;
    },
    async stop() {
      await gateway.stop();
      end.abort();
      await doors.stop();
    },
  };
}
