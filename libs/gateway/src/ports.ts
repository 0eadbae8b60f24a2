// SPDX-License-Identifier: Apache-2.0
import type { Code, Digest, Result } from '@fairlead/base';
import type { X509Certificate } from 'node:crypto';
import type { Receipt } from '@fairlead/trust/verify';
import type { EnrollResponse, HeldMetadata, ReceiptPosition, Refusal } from '@fairlead/wire';

/** Who may speak at all. */
export interface IdentitiesPort {
  /** Certificates of another fleet count as none. */
  readonly fleet: Digest;
  /** By the SHA-256 of the certificate (DER). */
  isRevoked(fingerprint: Digest): boolean;
  /** When the newest certificate ends that this one was renewed by, in milliseconds since 1970; undefined: it was not. */
  renewedUntil(device: string, fingerprint: Digest): number | undefined;
}

/** Where receipts go. */
export interface ReceiptsPort {
  /** The newest receipt of a device that stands in the log; null: none does; undefined: the log has not been read yet. */
  position(device: string): ReceiptPosition | null | undefined;
  /**
   * Resolves when the receipt stands in the log (committed, and pushed where the log is remote), also for an exact duplicate. An error
   * ends the stream: on the next one the device sends again what the log does not have. `duplicate-identity`: another receipt has its place.
   */
  store(received: ReceivedReceipt): Promise<Result<void, Failure>>;
}

export interface ReceivedReceipt {
  readonly device: string;
  /** Of the certificate whose key signed it. */
  readonly fingerprint: Digest;
  readonly receipt: Receipt;
  /** DSSE envelope, as signed. */
  readonly envelope: Uint8Array;
}

/** Lets devices in. Each answer resolves when what was decided stands in the log: a certificate is handed out only then. */
export interface EnrolmentPort {
  enroll(request: {
    readonly token: string;
    readonly csr: Uint8Array;
  }): Promise<Result<EnrollResponse, Failure>>;
  /** Without a token. Not before somebody approves it is there a certificate; until then the device asks again. `address`: where from. */
  ask(request: {
    readonly device: string;
    readonly csr: Uint8Array;
    readonly address: string;
  }): Promise<Result<EnrollResponse, Failure>>;
  /** `certificate`: the device's, of our CA and not revoked, but perhaps ended. */
  renew(request: {
    readonly device: string;
    readonly certificate: X509Certificate;
    readonly csr: Uint8Array;
  }): Promise<Result<EnrollResponse, Failure>>;
}

export interface Failure {
  readonly code: Code;
  readonly message: string;
  /** When to try again, in milliseconds; absent: the device decides. */
  readonly retryAfterMs?: number;
}

/** What the rest of the server should know of. Told once each, never awaited. */
export type GatewayEvent =
  | { readonly kind: 'connected'; readonly device: string }
  | { readonly kind: 'disconnected'; readonly device: string }
  | { readonly kind: 'offered'; readonly device: string; readonly revision: Digest; readonly target: Digest }
  /** Metadata alone was sent. */
  | { readonly kind: 'refreshed'; readonly device: string }
  | { readonly kind: 'refused'; readonly device: string; readonly refusal: Refusal; readonly code: string }
  /** What a device held when it came, where its snapshot is not the one that is published: files as signed, or as the device says. */
  | {
      readonly kind: 'held';
      readonly device: string;
      readonly held: HeldMetadata;
      readonly timestampFile: Uint8Array;
      readonly snapshotFile: Uint8Array;
    }
  /** The device holds newer metadata than is published: the log was cut, or this server lags behind. */
  | { readonly kind: 'device-ahead'; readonly device: string; readonly held: HeldMetadata }
  /** The device knows of acknowledged receipts that the log does not have. */
  | { readonly kind: 'log-behind'; readonly device: string }
  | { readonly kind: 'duplicate-identity'; readonly device: string }
  | { readonly kind: 'bad-receipt'; readonly device: string; readonly problems: readonly string[] };
