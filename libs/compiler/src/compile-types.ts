// SPDX-License-Identifier: Apache-2.0
import type { Digest } from '@fairlead/base';
import type { Diagnostic, LockFile, MutableReference } from '@fairlead/spec';
import type { Manifest, MerkleTree } from '@fairlead/trust/verify';

/** One entry of the commit's tree. */
export interface CommitFile {
  readonly oid: string;
  readonly kind: 'file' | 'symlink' | 'submodule';
  /** Bytes, where they are known without reading. */
  readonly size?: number;
}

/** Everything that a commit means follows from this. */
export interface CompileInput {
  /** Object ids, 40 hexadecimal digits. */
  readonly commit: string;
  readonly tree: string;
  /** Time of the commit: RFC 3339, UTC, whole seconds. */
  readonly time: string;
  readonly branch: string;
  /** Generation number of the commit: 1 + the greatest of its parents'. */
  readonly generation: number;
  /** Every file of the tree, by path. */
  readonly files: ReadonlyMap<string, CommitFile>;
  /**
   * Bytes of blobs as stored, by object id. What is larger than `maxBytes` is left out of the answer; for anything else that is wrong
   * it rejects. Asked only for blobs that no earlier commit held, and for many at once.
   */
  readonly read: (oids: readonly string[], maxBytes: number) => Promise<ReadonlyMap<string, Uint8Array>>;
}

export interface CompiledDevice {
  /** For people; null where the fleet gives none. */
  readonly name: string | null;
  readonly group: string;
  /** Of its leaf in the Merkle tree. */
  readonly index: number;
  readonly target: Digest;
  /** Of the target state. */
  readonly format: number;
}

/** What hangs on the tree of a commit alone. Maps are in byte order of their keys. */
export interface Tables {
  /** Target digest by device id (lower case). */
  readonly targets: ReadonlyMap<string, Digest>;
  /** Canonical bytes of each target state. */
  readonly bodies: ReadonlyMap<Digest, Uint8Array>;
  readonly tree: MerkleTree;
  /** Of that tree. */
  readonly root: Digest;
  readonly devices: ReadonlyMap<string, CompiledDevice>;
  /** Ids of the devices of each group; groups without devices too. */
  readonly groups: ReadonlyMap<string, readonly string[]>;
}

export interface Manifested {
  readonly manifest: Manifest;
  readonly manifestBytes: Uint8Array;
  readonly revision: Digest;
}

/** A commit without errors. */
export interface Outline extends Tables {
  readonly edition: number;
  /** Generation number and offset. */
  readonly counter: number;
  /** Bytes of every root from version 1 on, each a proper successor of the one before. */
  readonly roots: readonly Uint8Array[];
  /** Heads that this history replaces, as its `trust/history.json` says. */
  readonly replaced: readonly string[];
  /** Warnings and notes. */
  readonly diagnostics: readonly Diagnostic[];
}

/** A commit without errors that can be signed. */
export interface Compiled extends Outline, Manifested {
  readonly kind: 'compiled';
}

/** A commit without errors, whether it can be signed or not. */
export interface Outlined extends Outline {
  readonly kind: 'outlined';
}

/** A commit with at least one error deploys nothing. */
export interface Refused {
  readonly kind: 'refused';
  readonly diagnostics: readonly Diagnostic[];
}

export type CompileResult = Compiled | Refused;

/** What a commit refers to that may change its meaning, and what its lock says of that. */
export interface References {
  /** With errors among the diagnostics some may be missing. */
  readonly references: readonly MutableReference[];
  readonly lock: LockFile;
  /** As `check` tells them. */
  readonly diagnostics: readonly Diagnostic[];
}

export interface Compiler {
  /** What the commit means. Depends on the commit alone: caches only make it quick. */
  compile(input: CompileInput): Promise<CompileResult>;
  /** As `compile`, without the manifest. Here too a missing first root is a note. */
  outline(input: CompileInput): Promise<Outlined | Refused>;
  /** The diagnostics alone. Unlike for `compile`, a missing first root is a note: the language needs none. */
  check(input: CompileInput): Promise<readonly Diagnostic[]>;
  /** Everything that `fairlead lock` has to resolve. */
  references(input: CompileInput): Promise<References>;
}
