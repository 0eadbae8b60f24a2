// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatImageReference, parseImageReference } from './image-reference.ts';

const sha = `sha256:${'0a'.repeat(32)}`;

function normal(written: string): string {
  const parsed = parseImageReference(written);
  return parsed.ok ? formatImageReference(parsed.value) : `refused: ${parsed.error}`;
}

describe('when an image reference is read', () => {
  it.each([
    ['alpine', 'docker.io/library/alpine:latest'],
    ['alpine:3.19', 'docker.io/library/alpine:3.19'],
    ['grafana/loki', 'docker.io/grafana/loki:latest'],
    ['docker.io/alpine', 'docker.io/library/alpine:latest'],
    ['index.docker.io/grafana/loki:1', 'docker.io/grafana/loki:1'],
    ['localhost/a', 'localhost/a:latest'],
    ['localhost:5000/a/b:v1', 'localhost:5000/a/b:v1'],
    ['127.0.0.1:5055/a', '127.0.0.1:5055/a:latest'],
    ['[::1]:5000/a', '[::1]:5000/a:latest'],
    ['Registry.Example.org/team/app:Tag_1', 'registry.example.org/team/app:Tag_1'],
    ['ghcr.io/a/b.c__d--e/f', 'ghcr.io/a/b.c__d--e/f:latest'],
    [`alpine@${sha}`, `docker.io/library/alpine@${sha}`],
    [`r.io:5000/a:1@${sha}`, `r.io:5000/a@${sha}`],
  ])('takes %s as %s', (written, wanted) => {
    expect(normal(written)).toBe(wanted);
  });

  it.each([
    ['', 'it is empty'],
    ['a b', 'it holds blanks or other than ASCII'],
    ['ä', 'it holds blanks or other than ASCII'],
    ['https://r.io/a', 'it is no URL: leave the part up to // out'],
    ['docker://alpine', 'it is no URL: leave the part up to // out'],
    ['Alpine', "'Alpine' has letters in upper case"],
    ['A/b', "'A' has letters in upper case"],
    ['a/B', "'B' has letters in upper case"],
    ['a:', "'' is no tag"],
    ['a:-x', "'-x' is no tag"],
    [`a:${'x'.repeat(129)}`, `'${'x'.repeat(129)}' is no tag`],
    ['a@sha256:12', 'behind @ stands no sha256 digest'],
    [`a@${sha.toUpperCase()}`, 'behind @ stands no sha256 digest'],
    [`a@${sha}@${sha}`, 'it holds two @'],
    ['a//b', 'a part of its name is empty'],
    ['/a', 'a part of its name is empty'],
    ['a/', 'a part of its name is empty'],
    ['r.io/', 'a part of its name is empty'],
    ['../a', "'..' is no registry"],
    ['r.io/../a', "'..' is no name"],
    ['r.io/a___b', "'a___b' is no name"],
    ['r_x.io/a', "'r_x.io' is no registry"],
    ['r.io:port/a', "'r.io:port' is no registry"],
    ['0a'.repeat(32), '64 hexadecimal digits alone are no name'],
    [`r.io/${'a'.repeat(251)}`, 'its name is longer than 255 characters'],
  ])('refuses %s: %s', (written, why) => {
    expect(normal(written)).toBe(`refused: ${why}`);
  });

  it('is its own normal form once it was written, and never throws', () => {
    const piece = fc.constantFrom(
      'a',
      'B',
      '0',
      '.',
      ':',
      '/',
      '@',
      '-',
      '_',
      '__',
      'io',
      'localhost',
      sha,
      'é',
    );
    const text = fc.oneof(
      fc.string(),
      fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join('')),
    );
    fc.assert(
      fc.property(text, (written) => {
        const parsed = parseImageReference(written);
        if (!parsed.ok) return;
        const form = formatImageReference(parsed.value);
        expect(parseImageReference(form)).toEqual(parsed);
        expect(normal(form)).toBe(form);
      }),
      { numRuns: 1000 },
    );
  });
});
