// SPDX-License-Identifier: Apache-2.0

/** An object with names that are data. */
export function isDictionary(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
