// SPDX-License-Identifier: Apache-2.0
import { err, ok, type Result } from '@fairlead/base';
import type { Flag } from '@fairlead/program';

/** A number of things, at least 1; undefined where nothing is said. */
export function optionalCount(flags: string, description: string): Flag<number | undefined> {
  return {
    flags,
    description,
    parse: parseCount,
    absent: { kind: 'default', value: undefined, shown: undefined },
  };
}

/** A number of things, at least 1. */
export function countFlag(flags: string, description: string, value: number): Flag<number> {
  return { flags, description, parse: parseCount, absent: { kind: 'default', value, shown: String(value) } };
}

/** A share from 0 to 1. */
export function shareFlag(flags: string, description: string, value: number): Flag<number> {
  return {
    flags,
    description,
    parse: (text) => {
      const share = Number(text);
      return text !== '' && share >= 0 && share <= 1 ? ok(share) : err('not a share from 0 to 1');
    },
    absent: { kind: 'default', value, shown: String(value) },
  };
}

const most = 1_000_000;

function parseCount(text: string): Result<number, string> {
  const count = /^\d{1,7}$/.test(text) ? Number(text) : 0;
  return count >= 1 && count <= most ? ok(count) : err(`not a number from 1 to ${String(most)}`);
}
