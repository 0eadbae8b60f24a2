// SPDX-License-Identifier: Apache-2.0
import type { ClientDuplexStream } from '@grpc/grpc-js';
import { FairleadError, isAbort, raceAbort, withDeadline, type Clock, type Logger } from '@fairlead/base';
import {
  decodeFromServer,
  encodeFromAgent,
  type Command,
  type FromServer,
  type Goodbye,
  type Hello,
  type Offer,
  type Refresh,
  type StreamLimits,
  type UnknownMessage,
  type Welcome,
} from '@fairlead/wire';
import type { Outgoing, OutgoingStream } from './outgoing.ts';

/** One stream of bytes each way: grpc-js's call. */
export type ByteCall = ClientDuplexStream<Buffer, Buffer>;

/** What a session asks of the rest. */
export interface SessionPorts {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly outgoing: Outgoing;
  hello(): Hello;
  /** Takes the log's view of this device; receipts above the answer are sent. */
  welcomed(welcome: Welcome): Promise<number>;
  /** Settles when the metadata is judged; a target state may be fetched beyond that. */
  offered(offer: Offer | Refresh, signal: AbortSignal): Promise<void>;
  receiptsAcknowledged(seq: number): Promise<void>;
  commanded(command: Command): void;
}

/** Longest wait for Welcome, transport and TLS included, in milliseconds. */
const greetingMs = 30_000;

/** Runs one stream from Hello to its end. Returns how the server took leave; any other end throws. */
export async function runSession(
  call: ByteCall,
  ports: SessionPorts,
  onWelcome: () => void,
  signal: AbortSignal,
): Promise<Goodbye> {
  const ended = new AbortController();
  const inner = AbortSignal.any([signal, ended.signal]);
  // Whoever waits for the call hears of its failure; nobody waiting is no reason to crash.
  call.on('error', () => undefined);
  let sender: Promise<void> = Promise.resolve();
  try {
    const incoming = messagesOf(call);
    call.write(encodeFromAgent(ports.hello()));
    const first = await withDeadline(ports.clock, greetingMs, inner, () => next(incoming));
    if (first.kind === 'goodbye') return first;
    if (first.kind !== 'welcome') throw protocolError(`the server began with ${first.kind}`);
    const after = await ports.welcomed(first);
    onWelcome();
    sender = send(call, ports, first.limits, after, inner).catch((thrown: unknown) => {
      if (!isAbort(thrown)) call.destroy(FairleadError.from(thrown));
    });
    return await receive(incoming, ports, inner);
  } finally {
    ended.abort(new FairleadError({ code: 'cancelled', message: 'the stream ended' }));
    call.end();
    call.cancel();
    await sender;
  }
}

async function receive(
  incoming: AsyncIterator<FromServer | UnknownMessage>,
  ports: SessionPorts,
  signal: AbortSignal,
): Promise<Goodbye> {
  for (;;) {
    const message = await raceAbort(next(incoming), signal);
    switch (message.kind) {
      case 'offer':
      case 'refresh':
        await ports.offered(message, signal);
        break;
      case 'receipt-ack':
        await ports.receiptsAcknowledged(message.seq);
        ports.outgoing.bell.ring();
        break;
      case 'record-ack':
        ports.outgoing.recordAcknowledged(message.id);
        break;
      case 'command':
        ports.commanded(message);
        break;
      case 'goodbye':
        return message;
      case 'welcome':
        throw protocolError('the server welcomed twice');
      case 'unknown':
        ports.logger.debug('message of a newer server left aside');
        break;
    }
  }
}

/** Writes what waits, never more than the transport takes. */
async function send(
  call: ByteCall,
  ports: SessionPorts,
  limits: StreamLimits,
  after: number,
  signal: AbortSignal,
): Promise<never> {
  const stream = ports.outgoing.begin(limits, after);
  for (;;) {
    const message = stream.next(ports.clock.monotonic());
    if (message === null) await wake(stream, ports, signal);
    else if (!call.write(encodeFromAgent(message))) await drained(call, signal);
  }
}

/** Something new to say, or a Status that may go now. */
async function wake(
  stream: OutgoingStream,
  { clock, outgoing }: SessionPorts,
  signal: AbortSignal,
): Promise<void> {
  const due = stream.statusDue();
  if (due === null) return outgoing.bell.wait(signal);
  await clock.sleep(Math.max(1, due - clock.monotonic()), signal);
}

function drained(call: ByteCall, signal: AbortSignal): Promise<void> {
  return raceAbort(new Promise<void>((resolve) => call.once('drain', resolve)), signal);
}

async function* messagesOf(call: ByteCall): AsyncGenerator<FromServer | UnknownMessage, void> {
  for await (const bytes of call as AsyncIterable<Buffer>) {
    const message = decodeFromServer(bytes);
    if (!message.ok) throw protocolError(message.error.join('; '));
    yield message.value;
  }
}

async function next(
  incoming: AsyncIterator<FromServer | UnknownMessage>,
): Promise<FromServer | UnknownMessage> {
  const item: IteratorResult<FromServer | UnknownMessage, unknown> = await incoming.next();
  if (item.done === true)
    throw new FairleadError({ code: 'no-server', message: 'the server ended the stream without a Goodbye' });
  return item.value;
}

function protocolError(message: string): FairleadError {
  return new FairleadError({ code: 'no-server', message });
}
