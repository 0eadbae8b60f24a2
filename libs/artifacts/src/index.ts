// SPDX-License-Identifier: Apache-2.0
export type { ArtifactFailure } from './artifact-failure.ts';
export { createArtifactStore, type ArtifactStore, type ArtifactStoreOptions } from './artifact-store.ts';
export type { DownloadSettings, Progress, WantedArtifact } from './download.ts';
export { publish, replaceFile, syncFolder } from './durable.ts';
export { unfinishedPrefix, unpackArchive, type ArchiveFormat, type UnpackRequest } from './unpack.ts';
export { unpackedBytes } from './unpacked-bytes.ts';
export type { UnpackLimits } from './entry-writer.ts';
