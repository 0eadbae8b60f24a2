// SPDX-License-Identifier: Apache-2.0
import {
  decodeFromAgent,
  encodeFromServer,
  wireLimits,
  type Frame,
  type FromAgent,
  type Goodbye,
  type GoodbyeReason,
  type Hello,
  type UnknownMessage,
} from '@fairlead/wire';
import type { Clock, Digest, Logger } from '@fairlead/base';
import type { KeyObject } from 'node:crypto';
import { judgeFreeze } from '@fairlead/trust/verify';
import {
  decideTelling,
  heldUnder,
  progressOf,
  refused,
  told,
  type DeviceProgress,
} from './device-progress.ts';
import { refuseHello, welcomeFrame } from './greeting.ts';
import type { Offers } from './offers.ts';
import { createOutbox, type ByteSink } from './outbox.ts';
import type { GatewayEvent, ReceiptsPort } from './ports.ts';
import { createReceiptIntake } from './receipt-intake.ts';
import type { StatusWriter } from './status-book.ts';
import type { TurnAway } from './turn-away.ts';

/** Whose stream it is. */
export interface DevicePeer {
  readonly id: string;
  /** Of its certificate. */
  readonly fingerprint: Digest;
  /** End of its certificate, milliseconds since 1970. */
  readonly expires: number;
}

/** One stream of one device, from its hello to its end. */
export interface Session {
  readonly peer: DevicePeer;
  /** Undefined until the device has said it. */
  hello(): Hello | undefined;
  /** Undefined until hello. */
  progress(): DeviceProgress | undefined;
  receive(frame: Uint8Array): void;
  /** Something newer than what the device holds is published. */
  stateDue(): void;
  leave(reason: GoodbyeReason, message: string, retryAfterMs: number): void;
  /** Since when nothing moves that the other side has to move, by the monotonic clock; undefined: nothing waits. */
  waitingSince(): number | undefined;
}

export interface SessionPorts {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly sink: ByteSink;
  readonly receipts: ReceiptsPort;
  readonly status: StatusWriter;
  readonly turnAway: TurnAway;
  /** Of the device's certificate; not kept, since most streams never need it. Undefined: the connection is gone. */
  publicKey(): KeyObject | undefined;
  /** What is published; undefined: nothing yet. */
  offers(): Offers | undefined;
  /** Makes this the device's one stream, or gives the reason why it is not to be. */
  admit(hello: Hello): Goodbye | undefined;
  emit(event: GatewayEvent): void;
}

const none = Buffer.alloc(0);

/** Pauses that a Goodbye asks for, in milliseconds. */
const retry = { protocol: 5 * 60_000, receipts: 60_000 } as const;

export function createSession(peer: DevicePeer, ports: SessionPorts): Session {
  const { clock } = ports;
  const device = peer.id;
  const opened = clock.monotonic();
  let hello: Hello | undefined;
  let progress: DeviceProgress | undefined;
  let aheadTold = false;
  let left = false;

  const bow = (goodbye: Goodbye): void => {
    left = true;
    outbox.finish(encodeFromServer({ ...goodbye, message: goodbye.message.slice(0, wireLimits.text) }));
  };
  const leave = (reason: GoodbyeReason, message: string, retryAfterMs: number): void => {
    bow({ kind: 'goodbye', reason, message, retryAfterMs });
  };

  const nextState = (): Frame | undefined => {
    const offers = ports.offers();
    if (offers === undefined || progress === undefined) return undefined;
    const telling = decideTelling(device, progress, offers.publication);
    switch (telling.kind) {
      case 'nothing':
        return undefined;
      case 'not-in-fleet':
        // Not from within the outbox that is asking.
        queueMicrotask(() => {
          leave('not-in-fleet', 'devices.json does not name this device', ports.turnAway.next(device));
        });
        return undefined;
      case 'agent-too-old':
        ports.status.tooOld(device);
        return undefined;
      case 'device-ahead':
        if (!aheadTold) ports.emit({ kind: 'device-ahead', device, held: progress.floor });
        aheadTold = true;
        return undefined;
      case 'offer':
        progress = told(progress, telling.device, offers.publication);
        ports.emit({
          kind: 'offered',
          device,
          revision: offers.publication.revision,
          target: telling.device.target,
        });
        return offers.offer(telling.device);
      case 'refresh': {
        const held = heldUnder(progress, offers.publication);
        progress = told(progress, telling.device, offers.publication);
        ports.emit({ kind: 'refreshed', device });
        return offers.refresh(telling.device, held);
      }
    }
  };
  const outbox = createOutbox(clock, ports.sink, nextState);
  const record = (frame: Buffer): void => {
    if (!outbox.record(frame))
      leave('protocol-error', 'more answers wait than a stream may owe', retry.protocol);
  };
  const intake = createReceiptIntake({
    device,
    fingerprint: peer.fingerprint,
    publicKey: () => ports.publicKey(),
    receipts: ports.receipts,
    logger: ports.logger,
    acknowledge: (seq) => {
      record(encodeFromServer({ kind: 'receipt-ack', seq }));
    },
    reject(problems) {
      ports.emit({ kind: 'bad-receipt', device, problems });
      leave('protocol-error', `receipt: ${problems.join('; ')}`, retry.protocol);
    },
    notStored({ code, message }) {
      // On its next stream the device compares its chain with the log, and sends what is not there.
      if (code !== 'duplicate-identity') {
        leave('unavailable', message, retry.receipts);
        return;
      }
      ports.status.held(device);
      ports.emit({ kind: 'duplicate-identity', device });
      leave('duplicate-identity', message, retry.receipts);
    },
  });

  const greet = (said: Hello): void => {
    const log = ports.receipts.position(device);
    const refusal = refuseHello(said, log) ?? ports.admit(said);
    if (refusal !== undefined || log === undefined) {
      if (refusal !== undefined) bow(refusal);
      return;
    }
    const { held, timestampFile, snapshotFile } = said;
    const newest = ports.offers()?.publication.snapshot.bytes ?? none;
    if (snapshotFile.length > 0 && Buffer.compare(snapshotFile, newest) !== 0)
      ports.emit({ kind: 'held', device, held, timestampFile, snapshotFile });
    // Kept for as long as the stream: without the files.
    hello = { ...said, timestampFile: none, snapshotFile: none };
    progress = progressOf(hello);
    if (said.receipts.seq > (log?.instance === said.receipts.instance ? log.seq : 0))
      ports.emit({ kind: 'log-behind', device });
    ports.status.connected(device, said);
    record(welcomeFrame(log, ports.offers()?.publication.newestRoot ?? 0, clock.now()));
    outbox.stateDue();
  };

  const handle = (message: FromAgent | UnknownMessage): void => {
    switch (message.kind) {
      case 'hello':
        leave('protocol-error', 'a second hello', retry.protocol);
        break;
      case 'status':
        ports.status.status(device, message);
        break;
      case 'refusal': {
        // Whoever knows the time tells a wrong clock from stale metadata.
        const code =
          message.code === 'freeze'
            ? judgeFreeze({ deviceTime: message.deviceTime, serverTime: clock.now() })
            : message.code;
        if (progress !== undefined) progress = refused(progress);
        ports.status.refused(device, { revision: message.revision, code, message: message.message });
        ports.emit({ kind: 'refused', device, refusal: message, code });
        record(encodeFromServer({ kind: 'record-ack', id: message.id }));
        break;
      }
      case 'receipt':
        intake.take(message);
        break;
      case 'command-result':
        record(encodeFromServer({ kind: 'record-ack', id: message.id }));
        break;
      case 'unknown':
        break;
    }
  };

  return {
    peer,
    hello: () => hello,
    progress: () => progress,
    receive(frame) {
      if (left) return;
      const message = decodeFromAgent(frame);
      if (!message.ok) leave('protocol-error', message.error.join('; '), retry.protocol);
      else if (hello !== undefined) handle(message.value);
      else if (message.value.kind === 'hello') greet(message.value);
      else leave('protocol-error', `a stream begins with hello, not ${message.value.kind}`, retry.protocol);
    },
    stateDue: () => {
      outbox.stateDue();
    },
    leave,
    waitingSince: () => outbox.busySince() ?? (hello === undefined ? opened : undefined),
  };
}
