// SPDX-License-Identifier: Apache-2.0
import { FairleadError } from '@fairlead/base';
import { isIP } from 'node:net';

/** RFC 1123 section 2.1: letters, digits and inner dashes, at most 63 of them between dots. */
const label = /^[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/;
const longestName = 253;

/** DNS names and IP addresses, with commas between; all that are neither are told at once, as `misuse`. */
export function parseServerNames(text: string): readonly string[] {
  const names = text.split(',').map((name) => name.trim());
  const bad = names.filter((name) => isIP(name) === 0 && !isDnsName(name));
  if (bad.length === 0) return names;
  throw new FairleadError({
    code: 'misuse',
    message: `--server-names: neither DNS name nor IP address: ${bad.map((name) => `'${name}'`).join(', ')}`,
    hint: 'Write them like fleet.example.org,192.0.2.7,::1 with commas between.',
  });
}

/** A last label of digits alone would be read as a part of an IPv4 address. */
function isDnsName(name: string): boolean {
  const labels = name.split('.');
  return (
    name.length <= longestName &&
    labels.every((part) => label.test(part)) &&
    !/^\d+$/.test(labels.at(-1) ?? '')
  );
}
