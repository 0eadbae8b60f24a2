// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatPodReference, parsePodReference } from './pod-reference.ts';

const digest = `sha256:${'a'.repeat(64)}`;

describe('when a pod is named', () => {
  it.each([
    ['./pods/a.yaml', { kind: 'path', path: './pods/a.yaml' }],
    ['sensor@v1.2', { kind: 'tag', name: 'sensor', tag: 'v1.2' }],
    ['sensor@a@b', { kind: 'tag', name: 'sensor', tag: 'a@b' }],
    ['sensor#12', { kind: 'revision', name: 'sensor', revision: 12 }],
    [digest, { kind: 'id', id: digest }],
    ['5F4BE3C2-8f0d-4c57-9a41-6f1f0d0c7e11', { kind: 'id', id: '5f4be3c2-8f0d-4c57-9a41-6f1f0d0c7e11' }],
  ])('%s is understood', (text, reference) => {
    expect(parsePodReference(text)).toEqual({ ok: true, value: reference });
  });

  it.each([
    '',
    'sensor',
    '@v1',
    '#1',
    'sensor@',
    'sensor#',
    'sensor#0',
    'sensor#-1',
    'sensor#x',
    'a@b#1',
    'a#1@b',
    'a/b@c',
    '..@x',
    'pods/a.yaml',
    'a@b\n',
  ])('%j is refused, with the text', (text) => {
    const parsed = parsePodReference(text);
    expect(parsed.ok ? undefined : parsed.error).toBeTruthy();
  });

  it('is printed as it is read, and no text throws', () => {
    const text = fc.oneof(fc.string(), fc.stringMatching(/^[a-z.\/]{0,3}[@#]?[a-z0-9@#-]{0,4}$/));
    fc.assert(
      fc.property(text, (written) => {
        const parsed = parsePodReference(written);
        if (parsed.ok) expect(parsePodReference(formatPodReference(parsed.value))).toEqual(parsed);
      }),
    );
  });
});
