// SPDX-License-Identifier: Apache-2.0
// The wire between two namespaces, as a process of its own: takes packets from the socat at either end, each in a datagram, and hands
// them to the other, or not. Settings come as messages of the test. When the test is gone, however it ended, the namespaces are
// removed with everything that runs in them: no handler of the test's own would outlive a SIGKILL.
// usage: node wire-relay.fixture.ts <namespace>…
import { execFileSync } from 'node:child_process';
import { createSocket, type Socket } from 'node:dgram';

export interface WireSettings {
  /** Nothing passes, and nobody is told. */
  readonly cut?: boolean;
  /** Share of packets that are lost, 0 to 1. */
  readonly loss?: number;
  /** Share of packets that come twice. */
  readonly doubled?: number;
  /** Milliseconds for each packet; and how much more at most, evenly spread, so that packets overtake one another. */
  readonly delayMs?: number;
  readonly jitterMs?: number;
  /** Packets of more bytes are lost, and nobody is told. */
  readonly mostBytes?: number;
}

/** UDP ports on the loopback of the wire's namespace: each end has the relay's and that of its socat. */
export const wireEnds = [
  { relay: 5_001, socat: 5_002 },
  { relay: 5_003, socat: 5_004 },
] as const;

function relay(namespaces: readonly string[]): void {
  let settings: WireSettings = {};
  const sockets = wireEnds.map(() => createSocket('udp4'));
  const pass = (packet: Buffer, to: Socket | undefined, port: number): void => {
    const { cut = false, loss = 0, delayMs = 0, jitterMs = 0, mostBytes = Infinity } = settings;
    if (cut || packet.byteLength > mostBytes || Math.random() < loss) return;
    setTimeout(() => to?.send(packet, port, '127.0.0.1'), delayMs + Math.random() * jitterMs);
  };
  let bound = 0;
  for (const [index, { relay: port }] of wireEnds.entries()) {
    const other = 1 - index;
    const to = wireEnds[other]?.socat ?? 0;
    sockets[index]
      ?.on('message', (packet) => {
        pass(packet, sockets[other], to);
        if (Math.random() < (settings.doubled ?? 0)) pass(packet, sockets[other], to);
      })
      // An end that is not there yet, or no more.
      .on('error', () => undefined)
      .bind(port, '127.0.0.1', () => {
        bound += 1;
        if (bound === wireEnds.length) process.send?.('ready');
      });
  }
  process.on('message', (message) => {
    settings = message as WireSettings;
  });
  process.on('disconnect', () => {
    removeNamespaces(namespaces);
    process.exit();
  });
  // Ctrl-C in a terminal reaches all at once; the test's end is what counts here.
  process.on('SIGINT', () => undefined);
}

/** Ends all processes in these network namespaces but the caller, then removes them. */
export function removeNamespaces(namespaces: readonly string[]): void {
  for (const name of namespaces) {
    for (const pid of ip('netns', 'pids', name).split('\n').filter(Boolean).map(Number)) {
      if (pid !== process.pid) endNow(pid);
    }
    ip('netns', 'delete', name);
  }
}

function endNow(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended meanwhile.
  }
}

/** What it prints; nothing where it fails, as it does for a namespace that somebody else removed. */
function ip(...args: readonly string[]): string {
  try {
    return execFileSync('ip', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  } catch {
    return '';
  }
}

if (import.meta.main) relay(process.argv.slice(2));
