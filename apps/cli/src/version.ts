// SPDX-License-Identifier: Apache-2.0

/** The release; the same as in package.json, which a bundle does not carry. */
export const version = '0.0.0';
