// SPDX-License-Identifier: Apache-2.0
export type { Keepalive } from './channel.ts';
export type { KnownAction } from './commands.ts';
export type { Connection, ReconnectPolicy } from './connection.ts';
export { readIfThere, writeDurably } from './durable-file.ts';
export type { Failure } from './failure.ts';
export { createLink } from './link.ts';
export type {
  Admission,
  AgentFacts,
  DevicePorts,
  Link,
  LinkOptions,
  LinkView,
  OutcomeFacts,
} from './link-options.ts';
export type { VerifiedRevision } from './offer-desk.ts';
