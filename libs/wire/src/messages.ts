// SPDX-License-Identifier: Apache-2.0
import type { Digest } from '@fairlead/base';

/** What a device says. Times are milliseconds since 1970, counters and sequences safe integers. */
export type FromAgent = Hello | Refusal | Status | SealedReceipt | CommandResult;

/** What the server says. */
export type FromServer = Welcome | Offer | Refresh | ReceiptAck | RecordAck | Command | Goodbye;

/** A message of a kind that this release does not know: ignored, so that versions can differ by one. */
export interface UnknownMessage {
  readonly kind: 'unknown';
}

/** First, and once. */
export interface Hello {
  readonly kind: 'hello';
  readonly agentVersion: string;
  readonly protocol: number;
  /** The kernel's, new with every boot. */
  readonly bootId: string;
  /** As Node names it. */
  readonly architecture: string;
  readonly targetFormats: readonly number[];
  readonly capabilities: readonly string[];
  readonly held: HeldMetadata;
  /** Manifest that is held. */
  readonly revision: Digest | null;
  /** Target state that is held for it, in whole. */
  readonly target: Digest | null;
  /** Last receipt acknowledged. */
  readonly receipts: ReceiptPosition;
  readonly deviceTime: number;
  /** Random, new with every start of the agent. */
  readonly runId: string;
  /** The files that `held` speaks of, as signed; empty: none held. A server whose log was cut learns from them what it had signed. */
  readonly timestampFile: Uint8Array;
  readonly snapshotFile: Uint8Array;
}

/** Newest versions verified; 0: none. */
export interface HeldMetadata {
  readonly root: number;
  readonly timestamp: number;
  readonly snapshot: number;
  readonly targets: number;
  readonly counter: number;
}

/** A place in the chain of one device's receipts; `seq` 0 with no hash is its start. */
export interface ReceiptPosition {
  readonly instance: string;
  readonly seq: number;
  /** SHA-256 of that receipt's envelope. */
  readonly hash: Digest | null;
}

/** Why an offer or a refresh was not taken. A record. */
export interface Refusal {
  readonly kind: 'refusal';
  readonly id: string;
  readonly revision: Digest | null;
  /** From the closed list of codes, of the agent's release. */
  readonly code: string;
  readonly message: string;
  readonly deviceTime: number;
  readonly trustedTime: number;
}

export type DeviceState = 'pending' | 'applying' | 'applied' | 'failed' | 'refused' | 'drift';

export interface Status {
  readonly kind: 'status';
  readonly state: DeviceState;
  readonly code: string | null;
  readonly message: string;
  readonly since: number;
  readonly revision: Digest | null;
  readonly target: Digest | null;
  readonly units: readonly UnitStatus[];
  readonly drift: readonly DriftFound[];
}

export interface UnitStatus {
  readonly domain: string;
  readonly name: string;
  readonly condition: string;
  readonly reason: string;
}

export interface DriftFound {
  /** `domain/name`. */
  readonly unit: string;
  readonly found: string;
}

/** A record: acknowledged when it stands in the fleet log. */
export interface SealedReceipt {
  readonly kind: 'receipt';
  readonly seq: number;
  /** DSSE envelope, as signed. */
  readonly envelope: Uint8Array;
}

/** A record. */
export interface CommandResult {
  readonly kind: 'command-result';
  /** Of the command. */
  readonly id: string;
  readonly ok: boolean;
  readonly code: string | null;
  readonly message: string;
}

export interface Welcome {
  readonly kind: 'welcome';
  readonly limits: StreamLimits;
  readonly newestRoot: number;
  /** What the fleet log holds of this device; null: nothing. */
  readonly log: ReceiptPosition | null;
  readonly serverTime: number;
}

export interface StreamLimits {
  /** Of any message, in bytes. */
  readonly messageBytes: number;
  /** Receipts that may wait for acknowledgement. */
  readonly openReceipts: number;
  /** Shortest time between two Status, in milliseconds. */
  readonly statusIntervalMs: number;
}

/** The part of an Offer that every device with the same target state gets as the same bytes. */
export interface OfferShared {
  readonly timestamp: Uint8Array;
  readonly snapshot: Uint8Array;
  readonly targets: Uint8Array;
  readonly manifest: Uint8Array;
  readonly newestRoot: number;
  readonly target: Digest;
  /** Null: too large to travel here; at `/targets/<digest>`. */
  readonly targetState: Uint8Array | null;
  readonly targetFormat: number;
}

/** The part of an Offer that is one device's own. */
export interface OfferOwn {
  readonly index: number;
  /** Audit path, from the leaf's sibling upwards. */
  readonly proof: readonly Uint8Array[];
}

/** A revision with another target state for this device. */
export interface Offer extends OfferShared, OfferOwn {
  readonly kind: 'offer';
}

/** Newer metadata that leaves this device's target state as it is. */
export interface Refresh extends OfferOwn {
  readonly kind: 'refresh';
  readonly newestRoot: number;
  /** Null: the device holds the newest. */
  readonly timestamp: Uint8Array | null;
  readonly snapshot: Uint8Array | null;
  readonly targets: Uint8Array | null;
  readonly manifest: Uint8Array;
  readonly target: Digest;
}

/** Every receipt up to `seq` stands in the fleet log. */
export interface ReceiptAck {
  readonly kind: 'receipt-ack';
  readonly seq: number;
}

/** The Refusal or CommandResult with this id has arrived. */
export interface RecordAck {
  readonly kind: 'record-ack';
  readonly id: string;
}

/** A record: run at most once, not after `expires`. */
export interface Command {
  readonly kind: 'command';
  readonly id: string;
  readonly issuer: string;
  readonly expires: number;
  readonly action: CommandAction;
}

export type CommandAction =
  | { readonly kind: 'look-again' }
  | { readonly kind: 'send-state' }
  | { readonly kind: 'retry' }
  | { readonly kind: 'restart-unit'; readonly domain: string; readonly name: string }
  /** Of a newer server: to be answered as `unsupported`. */
  | { readonly kind: 'unknown' };

export type GoodbyeReason =
  | 'shutting-down'
  | 'not-in-fleet'
  | 'agent-too-old'
  | 'replaced'
  | 'duplicate-identity'
  | 'revoked'
  | 'protocol-error'
  | 'unavailable'
  | 'certificate-expired'
  | 'unknown';

/** Last: the stream ends after it. */
export interface Goodbye {
  readonly kind: 'goodbye';
  readonly reason: GoodbyeReason;
  readonly message: string;
  readonly retryAfterMs: number;
}
