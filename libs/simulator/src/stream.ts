// SPDX-License-Identifier: Apache-2.0
import { type Clock } from '@fairlead/base';
import {
  agentService,
  decodeFromServer,
  encodeFromAgent,
  type FromAgent,
  type FromServer,
  type Goodbye,
  type Hello,
} from '@fairlead/wire';
import type { TLSSocket } from 'node:tls';
import type { Behaviour } from './behaviour.ts';
import { openByteStream, type ByteStream } from './byte-stream.ts';

/** One open stream of one device. */
export interface DeviceStream {
  readonly say: (message: FromAgent) => void;
  cut(why: string): void;
}

export interface StreamHandlers {
  hello(): Hello;
  /** Goodbye is not among them. `at`: when the last byte came, by the monotonic clock in milliseconds. */
  onMessage(message: Exclude<FromServer, Goodbye>, stream: DeviceStream, at: number): void;
}

export interface StreamEnd {
  readonly why: string;
  /** Null: the server took no leave. */
  readonly goodbye: Goodbye | null;
}

/** Says Hello on a new connection and hears the server out. Resolves when the stream is over; the signal ends it. */
export function runStream(
  socket: TLSSocket,
  authority: string,
  clock: Clock,
  behaviour: Pick<Behaviour, 'keepalive' | 'greetingMs'>,
  handlers: StreamHandlers,
  signal: AbortSignal,
): Promise<StreamEnd> {
  return new Promise((resolve) => {
    let goodbye: Goodbye | null = null;
    let greeted = false;
    const over = new AbortController();
    const onAbort = (): void => {
      bytes.cut('called off');
    };
    const bytes: ByteStream = openByteStream(socket, agentService.connect.path, authority, clock, {
      onMessage(frame) {
        const message = decodeFromServer(frame);
        if (!message.ok) bytes.cut(message.error.join('; '));
        else if (message.value.kind === 'goodbye') {
          goodbye = message.value;
          bytes.cut(`goodbye: ${goodbye.reason}`);
        } else if (message.value.kind !== 'unknown') {
          greeted = true;
          handlers.onMessage(message.value, stream, bytes.heardAt());
        }
      },
      onEnd(why) {
        signal.removeEventListener('abort', onAbort);
        over.abort();
        resolve({ why, goodbye });
      },
    });
    const stream: DeviceStream = {
      say: (message) => {
        bytes.send(encodeFromAgent(message));
      },
      cut: (why) => {
        bytes.cut(why);
      },
    };
    signal.addEventListener('abort', onAbort, { once: true });
    stream.say(handlers.hello());
    watch(bytes, clock, behaviour, () => greeted, over.signal).catch(() => undefined);
  });
}

/** Cuts a stream whose server is not heard of any more. */
async function watch(
  bytes: ByteStream,
  clock: Clock,
  { keepalive, greetingMs }: Pick<Behaviour, 'keepalive' | 'greetingMs'>,
  isGreeted: () => boolean,
  signal: AbortSignal,
): Promise<never> {
  await clock.sleep(greetingMs, signal);
  if (!isGreeted()) bytes.cut('no answer to hello');
  for (;;) {
    const quiet = clock.monotonic() - bytes.heardAt();
    if (quiet < keepalive.everyMs) {
      await clock.sleep(keepalive.everyMs - quiet, signal);
      continue;
    }
    const asked = clock.monotonic();
    bytes.ping();
    await clock.sleep(keepalive.timeoutMs, signal);
    if (bytes.heardAt() < asked) bytes.cut('no sign of life from the server');
  }
}
