// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { cutSections } from './markdown.ts';

const mostOfGitHub = 65_536;

describe('when a comment would be longer than a forge takes', () => {
  it.each([1, 500, 20_000, 70_000])(
    'shows whole sections of %i characters, and counts the others',
    (size) => {
      const sections = Array.from({ length: 200 }, () => 'x'.repeat(size));
      const left = (shown: number): string => `${String(sections.length - shown)} left`;
      const comment = cutSections(['head'], sections, ['foot'], left);
      expect(comment.length).toBeLessThanOrEqual(mostOfGitHub);
      const parts = comment.split('\n\n');
      const shown = parts.filter((part) => part.startsWith('x'));
      expect(shown.every((part) => part.length === size)).toBe(true);
      expect([parts[0], parts.at(-1)]).toEqual(['head', 'foot']);
      if (shown.length < sections.length) {
        expect(parts.at(-2)).toBe(`_${left(shown.length)}_`);
        expect(comment.length + size + 200).toBeGreaterThan(mostOfGitHub);
      }
    },
  );
});
