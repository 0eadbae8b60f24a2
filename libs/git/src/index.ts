// SPDX-License-Identifier: Apache-2.0
export { createAncestry, type Ancestry, type ParentsOf } from './ancestry.ts';
export type { BlobResult, BulkOptions } from './bulk-blobs.ts';
export { parseCommit, type Commit, type NewCommit, type Person } from './commit-object.ts';
export { policyFiles, readCommitPolicy, type CommitPolicy, type PolicyProblem } from './commit-policy.ts';
export type { CommitLine, ReadCommitsOptions, WalkedCommit, WalkOptions } from './commit-walk.ts';
export { realDisk, type Disk, type DiskFile } from './disk.ts';
export {
  createHeadWatcher,
  type HeadReport,
  type HeadWatcher,
  type HeadWatcherOptions,
} from './head-watcher.ts';
export type { Head, HeadSource, OpenHeads } from './head-source.ts';
export { judgePolicy, type PolicyVerdict } from './judge-policy.ts';
export { judgeSignature, type SignatureVerdict } from './judge-signature.ts';
export { localHeads, type LocalHeadsOptions } from './local-heads.ts';
export { mergeCommits, type Merge } from './merge-commits.ts';
export { createNotesTree, type NotesTree } from './notes.ts';
export { readNote, writeNotes, type NotesUpdate } from './notes-ref.ts';
export type { ObjectReader } from './object-reader.ts';
export type { ObjectType, WriteObject } from './object-writer.ts';
export { emptyTree, isOid } from './oid.ts';
export { isDiskError, problem, unwritable, type RepositoryProblem } from './problem.ts';
export type { RefRefusal, RefUpdate, UpdateRef } from './ref-writer.ts';
export { listRemote, type ListOptions } from './remote/list-remote.ts';
export {
  openPlace,
  openRemoteRepository,
  type RemoteOptions,
  type RemotePlace,
} from './remote/open-remote.ts';
export { remoteHeads, type RemoteHeadsOptions } from './remote/remote-heads.ts';
export type { RemoteRepository } from './remote/mirror.ts';
export { connectionFailure, slow } from './remote/remote-failure.ts';
export {
  isLoopback,
  parseRepositoryPlace,
  type PlaceOptions,
  type RepositoryPlace,
} from './remote/repository-place.ts';
export { openRepository, type OpenOptions, type Repository } from './repository.ts';
export { isSignedBy, writeCommit } from './signed-commit.ts';
export {
  createSnapshotReader,
  type FileChange,
  type Snapshot,
  type SnapshotFile,
  type SnapshotReader,
} from './snapshot.ts';
export { allowedSignersLine, sshSign, sshVerify, type Ed25519Signer } from './sshsig.ts';
export { readWorkTree, type WorkTree } from './work-tree.ts';
export { treeBytes, parseTree, type TreeEntry, type TreeEntryKind } from './tree-object.ts';
