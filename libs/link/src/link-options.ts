// SPDX-License-Identifier: Apache-2.0
import type { Clock, Code, Digest, Logger, Result } from '@fairlead/base';
import type { ReceiptFacts } from './receipt-outbox.ts';
import type { Refusal, Status } from '@fairlead/wire';
import type { Keepalive } from './channel.ts';
import type { KnownAction } from './commands.ts';
import type { Connection, ReconnectPolicy } from './connection.ts';
import type { Failure } from './failure.ts';
import type { VerifiedRevision } from './offer-desk.ts';

/** How a device comes to trust a fleet, and to be taken in. */
export interface Admission {
  /** The enrolment token, `id.secret.digest`; a secret. Without one somebody has to approve the device. */
  readonly token?: string;
  /** What a token would say: which device, and of which fleet (SHA-256 of root version 1). */
  readonly named?: { readonly device: string; readonly fleet: Digest };
  /** Brought to the device beforehand, instead of being fetched and certified by the token's digest. `ca`: PEM, one or more. */
  readonly anchor?: { readonly device: string; readonly rootV1: Uint8Array; readonly ca: string };
}

/** What this agent is: told in Hello and in receipts. */
export interface AgentFacts {
  readonly version: string;
  /** Milliseconds since 1970: no earlier time is believed. */
  readonly buildTime: number;
  /** The kernel's, new with every boot. */
  readonly bootId: string;
  /** As Node names it. */
  readonly architecture: string;
  readonly targetFormats: readonly number[];
  readonly capabilities: readonly string[];
}

export interface LinkOptions {
  /** Folder that the link has for itself: `identity/`, trust, receipts, commands. */
  readonly dir: string;
  /** `host:port`. */
  readonly server: string;
  readonly admission: Admission;
  readonly agent: AgentFacts;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Uniform in [0, 1); for pauses. */
  readonly random: () => number;
  /** Unique each time, from the system's secure random source. */
  readonly newId: () => string;
  readonly keepalive?: Keepalive;
  readonly reconnect?: Partial<Omit<ReconnectPolicy, 'random'>>;
  readonly device: DevicePorts;
}

/** What the link asks of the device. */
export interface DevicePorts {
  /** Target state that the device is at or on its way to; null: none. */
  heldTarget(): Digest | null;
  desired(revision: VerifiedRevision): void;
  run(action: KnownAction): Promise<Result<void, Failure>>;
  /** Something in `view()` changed. */
  changed(): void;
}

/** What an outcome states; the link adds who, when and the place in the chain. */
export type OutcomeFacts = Omit<
  ReceiptFacts,
  'device' | 'deviceTime' | 'trustedTime' | 'bootId' | 'agentVersion' | 'unitsOmitted'
>;

export interface LinkView {
  readonly connection: Connection;
  /** Why the last stream was not to be had or ended; null: there is one, or none was tried yet. */
  readonly failure: Failure | null;
  /** The last refusal, until something newer is accepted. */
  readonly refusal: Refusal | null;
  /** Why an accepted revision is not with the engine yet. */
  readonly waiting: Failure | null;
  /** What should be known beside: `clock-behind`. */
  readonly remarks: readonly Code[];
}

export interface Link {
  /** Reads what is stored; nothing is sent. The device's id. Throws `misuse` where neither state nor admission names a fleet. */
  open(): Promise<string>;
  /** Connects, and connects again, until `stop`. */
  start(signal: AbortSignal): void;
  /** Ends the stream; what is stored stays. */
  stop(): Promise<void>;
  /** Seals a receipt; durable when it resolves, sent when there is a stream. The same outcome id gets one receipt only. */
  record(outcome: number, facts: OutcomeFacts): Promise<void>;
  /** The newest is sent, when there is a stream. */
  report(status: Status): void;
  view(): LinkView;
}
