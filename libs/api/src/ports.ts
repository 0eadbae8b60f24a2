// SPDX-License-Identifier: Apache-2.0
import type { Code, Digest, Result } from '@fairlead/base';
import type { EnrolmentsPage, FleetDeviceStatus, FleetHead } from '@fairlead/wire';
import type { TLSSocket } from 'node:tls';

/** What is known of the devices. */
export interface StatusSource {
  head(): FleetHead;
  /** Undefined: not in the fleet. */
  device(id: string): FleetDeviceStatus | undefined;
  /** In byte order. */
  ids(): readonly string[];
  /** Called with a device id, or null when all may have changed. Returns the way to stop it. */
  onChange(listener: (id: string | null) => void): () => void;
}

interface Refusal {
  readonly code: Code;
  readonly message: string;
}

/** Who asks to be taken in, who was, and what operators decide about it. `by`: `operator <name>`, as it is recorded. */
export interface EnrolmentSource {
  /** Devices behind this id, in byte order of id; null: from the first on. */
  page(after: string | null): EnrolmentsPage;
  /** Resolves when it stands in the log. `key` null: the only one that asks. */
  approve(decision: {
    readonly device: string;
    readonly key: Digest | null;
    readonly by: string;
  }): Promise<Result<{ readonly key: Digest }, Refusal>>;
  /** Resolves when it stands in the log. The newest certificate of those that count no more. */
  revoke(decision: {
    readonly device: string;
    readonly by: string;
  }): Promise<Result<{ readonly fingerprint: Digest }, Refusal>>;
}

/** Who speaks on a connection, as far as its certificate is verified. */
export type HttpPeer =
  | { readonly kind: 'device'; readonly id: string }
  | { readonly kind: 'anonymous' | 'revoked' | 'expired' | 'operator' | 'server' };

/** The fleet's anchors. */
export interface TrustSource {
  /** Exact texts from version 1 on, without gaps. */
  roots(): readonly string[];
  /** Certificates that the newest root names, PEM. */
  authorities(): readonly string[];
}

interface File {
  readonly version: number;
  readonly bytes: Uint8Array;
}

/** The newest recorded revision. */
export interface PublishedFiles {
  /** SHA-256 of the manifest. */
  readonly revision: Digest;
  readonly manifest: Uint8Array;
  readonly timestamp: File;
  readonly snapshot: File;
  readonly targets: File;
  readonly devices: ReadonlyMap<string, { readonly target: Digest }>;
  body(target: Digest): Uint8Array | undefined;
}

export interface DeviceDoorsPorts {
  readonly trust: TrustSource;
  /** Undefined: nothing is published yet. */
  published(): PublishedFiles | undefined;
  identify(socket: TLSSocket): HttpPeer;
}

/** Why the server is not ready. */
export interface NotReady {
  readonly code: Code;
  readonly message: string;
}

/** What a webhook of a forge does. */
export interface HookPort {
  /** Shared with the forge. */
  readonly secret: string;
  /** The repository may have changed. Called as often as hooks come. */
  wake(): void;
  /** Milliseconds since 1970. */
  now(): number;
}

export interface PeopleDoorsPorts {
  /** Empty: ready. */
  notReady(): readonly NotReady[];
  /** In Prometheus' text form. */
  metrics(): Promise<{ readonly contentType: string; readonly text: string }>;
  /** Absent: webhooks are not taken. */
  readonly hook?: HookPort | undefined;
}
