// SPDX-License-Identifier: Apache-2.0

/** The release; the same as in package.json, which a bundle does not carry. */
export const version = '0.0.0';

/** When this release was made, in milliseconds since 1970: the device believes in no earlier time. Raised with each release. */
export const releasedAt = Date.UTC(2026, 10, 1);
