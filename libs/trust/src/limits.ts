// SPDX-License-Identifier: Apache-2.0

/** No file is parsed that is larger than this, in bytes: nobody can fill a device. */
export const limits = {
  root: 512_000,
  metadata: 16_384,
  target: 8 * 2 ** 20,
  /** Hashes of an audit path: enough for any number of devices. */
  proof: 64,
  /** Roots that a device walks in one go, and so the most versions that it may lag behind in one answer. */
  roots: 256,
} as const;
