// SPDX-License-Identifier: Apache-2.0
import type { Digest } from '@fairlead/base';

/** A signed metadata file, in its exact bytes. */
export interface PublishedFile {
  readonly version: number;
  readonly bytes: Uint8Array;
}

/** What a device of the fleet shall run, and where its leaf stands in the manifest's Merkle tree. */
export interface PublishedDevice {
  readonly index: number;
  readonly target: Digest;
  /** Of the target state. */
  readonly format: number;
  /** For people. */
  readonly name: string;
  readonly group: string;
}

/** A recorded revision with its newest recorded metadata: all that there is to say to the fleet. Immutable. */
export interface Publication {
  readonly revision: Digest;
  readonly counter: number;
  readonly commit: string;
  readonly newestRoot: number;
  readonly manifest: Uint8Array;
  readonly targets: PublishedFile;
  readonly snapshot: PublishedFile;
  /** `expires` in milliseconds since 1970: a refresh reaches every device before that. */
  readonly timestamp: PublishedFile & { readonly expires: number };
  /** By device id in lower case. */
  readonly devices: ReadonlyMap<string, PublishedDevice>;
  /** Audit path of the leaf at `index`, from its sibling upwards. */
  proof(index: number): readonly Uint8Array[];
  /** Bytes of a target state of this revision; undefined: it has no such. */
  body(target: Digest): Uint8Array | undefined;
}
