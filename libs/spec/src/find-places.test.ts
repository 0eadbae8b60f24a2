// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { at, atKey, join, type Place } from './diagnostic.ts';
import { findPlaces, type Span } from './find-places.ts';

const text = `{
  "jobs": [
    { "job": "a" },
    { "job": "ä", "a/b~c": { "": [1, 22] } }
  ]
}
`;

describe('when a place is looked up', () => {
  const positions = (place: Place): Span => findPlaces({ file: 'a.json', text }, [place])(place);

  it('finds values by pointer, one after the last column as end', () => {
    expect(positions(at('/jobs/1/job'))).toEqual({ line: 4, column: 14, endLine: 4, endColumn: 17 });
    expect(positions(at('/jobs'))).toEqual({ line: 2, column: 11, endLine: 5, endColumn: 4 });
    expect(positions(at(''))).toEqual({ line: 1, column: 1, endLine: 6, endColumn: 2 });
  });

  it('finds keys, and names that need escapes or are empty', () => {
    expect(positions(atKey('/jobs/0/job'))).toEqual({ line: 3, column: 7, endLine: 3, endColumn: 12 });
    expect(positions(at(join('/jobs/1', 'a/b~c', '', 1)))).toMatchObject({
      line: 4,
      column: 38,
      endColumn: 40,
    });
  });

  it('takes the nearest ancestor of what is not there', () => {
    expect(positions(at('/jobs/0/config/name'))).toEqual(positions(at('/jobs/0')));
    expect(positions(at('/none'))).toEqual(positions(at('')));
  });

  it('finds each value of any document where it stands', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), fc.constantFrom(0, 2), (value, indent) => {
        const written = JSON.stringify(value, null, indent);
        const places: Place[] = [];
        eachValue(value, '', (pointer) => places.push(at(pointer)));
        const find = findPlaces({ file: 'a.json', text: written }, places);
        const lines = written.split('\n');
        eachValue(value, '', (pointer, found) => {
          const { line, column, endLine, endColumn } = find(at(pointer));
          const slice =
            line === endLine
              ? (lines[line - 1] ?? '').slice(column - 1, endColumn - 1)
              : [
                  (lines[line - 1] ?? '').slice(column - 1),
                  ...lines.slice(line, endLine - 1),
                  (lines[endLine - 1] ?? '').slice(0, endColumn - 1),
                ].join('\n');
          expect(JSON.parse(slice)).toEqual(JSON.parse(JSON.stringify(found)));
        });
      }),
    );
  });
});

function eachValue(value: unknown, pointer: string, visit: (pointer: string, value: unknown) => void): void {
  visit(pointer, value);
  if (typeof value !== 'object' || value === null) return;
  for (const [key, item] of Object.entries(value)) eachValue(item, join(pointer, key), visit);
}
