// SPDX-License-Identifier: Apache-2.0

/** Settings that every schema of ours compiles under: each mode of ajv that refuses what it does not know or cannot mean. */
export const strictAjv = {
  strict: true,
  strictTypes: true,
  strictTuples: true,
  strictRequired: true,
  allErrors: true,
  unicodeRegExp: true,
} as const;
