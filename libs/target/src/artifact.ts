// SPDX-License-Identifier: Apache-2.0
import type { Digest } from '@fairlead/base';

/** A file that is fetched by URL and believed by digest. */
export interface Artifact {
  /** http or https; in targets of format 2 also `server:`, the artifacts that the fleet's server keeps by digest. */
  readonly url: string;
  readonly digest: Digest;
  /** Bytes; must match exactly, and caps the download. */
  readonly size: number;
  /** 'tar' covers tar, tar.gz and tar.zst, told apart by content; 'file' is not unpacked. */
  readonly format: 'tar' | 'zip' | 'file';
  /** 32 lower-case hexadecimal digits; checked too, never alone. */
  readonly md5?: string;
}
