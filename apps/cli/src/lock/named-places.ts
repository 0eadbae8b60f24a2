// SPDX-License-Identifier: Apache-2.0
import { FairleadError } from '@fairlead/base';
import {
  formatImageReference,
  lockKey,
  nearest,
  parseImageReference,
  type LockPlace,
  type MutableReference,
} from '@fairlead/spec';

/** Says which places of the lock a person means: images by any way of writing them, URLs, `repository#branch`, or `all`. */
export function placesNamed(
  names: readonly string[],
  references: readonly MutableReference[],
): (place: LockPlace) => boolean {
  const known = references
    .map(({ reference }) => lockKey(reference))
    .filter(({ section }) => section !== 'pods');
  const unknown = names.filter((name) => name !== 'all' && !known.some((place) => isNamed(place, name)));
  if (unknown.length > 0) throw nothingNamed(unknown, known);
  return names.includes('all') ? () => true : (place) => names.some((name) => isNamed(place, name));
}

function isNamed({ section, key }: LockPlace, name: string): boolean {
  if (key === name) return true;
  const parsed = section === 'images' ? parseImageReference(name) : undefined;
  return parsed?.ok === true && formatImageReference(parsed.value) === key;
}

function nothingNamed(unknown: readonly string[], known: readonly LockPlace[]): FairleadError {
  const [first = ''] = unknown;
  const near = nearest(
    first,
    known.map(({ key }) => key),
  );
  return new FairleadError({
    code: 'misuse',
    message: `the fleet refers to no ${unknown.map((name) => `'${name}'`).join(', ')}`,
    hint:
      near === undefined
        ? 'Name an image, a URL or repository#branch as fleet.lock.json writes it, or all.'
        : `Did you mean '${near}'?`,
  });
}
