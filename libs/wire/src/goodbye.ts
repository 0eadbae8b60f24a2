// SPDX-License-Identifier: Apache-2.0
import type { Fields } from './fields.ts';
import * as gen from './gen/fairlead/v1/agent.ts';
import type { Goodbye, GoodbyeReason } from './messages.ts';
import { wireLimits as limits } from './wire-limits.ts';

const reasons = {
  unknown: gen.GoodbyeReason.UNSPECIFIED,
  'shutting-down': gen.GoodbyeReason.SHUTTING_DOWN,
  'not-in-fleet': gen.GoodbyeReason.NOT_IN_FLEET,
  'agent-too-old': gen.GoodbyeReason.AGENT_TOO_OLD,
  replaced: gen.GoodbyeReason.REPLACED,
  'duplicate-identity': gen.GoodbyeReason.DUPLICATE_IDENTITY,
  revoked: gen.GoodbyeReason.REVOKED,
  'protocol-error': gen.GoodbyeReason.PROTOCOL_ERROR,
  unavailable: gen.GoodbyeReason.UNAVAILABLE,
  'certificate-expired': gen.GoodbyeReason.CERTIFICATE_EXPIRED,
} as const satisfies Record<GoodbyeReason, gen.GoodbyeReason>;
const reasonNames = new Map<number, GoodbyeReason>(
  Object.entries(reasons).map(([name, number]) => [number, name as GoodbyeReason]),
);

export function writeGoodbye(goodbye: Goodbye): gen.Goodbye {
  return { reason: reasons[goodbye.reason], message: goodbye.message, retryAfterMs: goodbye.retryAfterMs };
}

export function readGoodbye(fields: Fields, wire: gen.Goodbye): Goodbye {
  return {
    kind: 'goodbye',
    reason: reasonNames.get(wire.reason) ?? 'unknown',
    message: fields.text('message', wire.message, limits.text),
    retryAfterMs: wire.retryAfterMs,
  };
}
