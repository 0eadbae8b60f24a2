// SPDX-License-Identifier: Apache-2.0
import {
  encodeFromServer,
  PROTOCOL,
  wireLimits,
  type Goodbye,
  type Hello,
  type ReceiptPosition,
} from '@fairlead/wire';
import { maxOpenReceipts } from './receipt-intake.ts';

/** Pauses that a Goodbye asks for, in milliseconds. */
const retry = { protocol: 5 * 60_000, unread: 1_000 } as const;
const statusIntervalMs = 1_000;

/** Why a hello cannot be answered with a welcome, whoever says it. `log`: undefined while the fleet log has not been read. */
export function refuseHello(hello: Hello, log: ReceiptPosition | null | undefined): Goodbye | undefined {
  const apart = hello.protocol - PROTOCOL;
  if (hello.protocol < 1 || Math.abs(apart) > 1) {
    return {
      kind: 'goodbye',
      reason: apart < 0 ? 'agent-too-old' : 'unavailable',
      message: `the agent speaks version ${String(hello.protocol)} of the protocol, this server ${String(PROTOCOL)}`,
      retryAfterMs: retry.protocol,
    };
  }
  if (log !== undefined) return undefined;
  // Told that the log holds nothing, the device would take it for cut, and send everything again.
  return {
    kind: 'goodbye',
    reason: 'unavailable',
    message: 'the fleet log has not been read yet',
    retryAfterMs: retry.unread,
  };
}

/** `now`: milliseconds since 1970. */
export function welcomeFrame(log: ReceiptPosition | null, newestRoot: number, now: number): Buffer {
  const limits = { messageBytes: wireLimits.message, openReceipts: maxOpenReceipts, statusIntervalMs };
  return encodeFromServer({ kind: 'welcome', limits, newestRoot, log, serverTime: now });
}
