// SPDX-License-Identifier: Apache-2.0

/** Bounds of what may cross the stream, set on both sides. Sizes in bytes, texts in UTF-16 code units. */
export const wireLimits = {
  /** Any message. */
  message: 256 * 1024,
  /** A target state that travels within an Offer; a larger one goes by digest over HTTPS. */
  inlineTarget: 64 * 1024,
  metadata: 16 * 1024,
  manifest: 1024,
  /** Hashes of an inclusion proof: enough for 2^64 leaves. */
  proof: 64,
  receipt: 4096,
  id: 64,
  name: 256,
  text: 1024,
  code: 64,
  units: 1024,
  drift: 256,
  capabilities: 64,
  targetFormats: 16,
  token: 512,
  csr: 4096,
  pem: 16 * 1024,
  /** Keys that ask to be one device. */
  keysPerDevice: 4,
  /** Problems that a status answer names. */
  problems: 12,
  /** Devices of one page or part of a status answer: each at its longest, and the problems, they stay within `message`. */
  devicesPerPart: 40,
} as const;

/** The version of the protocol that this release speaks. It gets along with those beside it: what one side does not know, it ignores. */
export const PROTOCOL = 1;
