// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { readApply } from './apply-when.ts';
import { timeZones } from './time-zones.ts';

const problemsOf = (apply: Parameters<typeof readApply>[0]) =>
  readApply(apply, '/a').problems.map(({ message, hint, place }) => ({ message, hint, place }));

describe('when a group says when it is applied', () => {
  it('is now, unless it says another time', () => {
    expect(readApply(undefined)).toEqual({ value: { kind: 'now' }, problems: [] });
    expect(readApply('idle')).toEqual({ value: { kind: 'idle' }, problems: [] });
  });

  it('reads a window, in UTC unless it names a zone', () => {
    const week = { window: ' 30  2 * JAN-MAR,NOV MON ', duration: '1h 30m' };
    expect(readApply(week)).toEqual({
      value: { kind: 'window', cron: '30 2 * JAN-MAR,NOV MON', durationMs: 5_400_000, zone: 'UTC' },
      problems: [],
    });
    expect(readApply({ ...week, zone: 'Asia/Kolkata' })).toMatchObject({
      value: { zone: 'Asia/Kolkata' },
      problems: [],
    });
  });

  it.each([
    ['61 3 * * *', /minute: 61/],
    ['0 3 * * 8', /dayOfWeek: 8/],
    ['5-1 * * * *', /larger/],
    ['0 3 * *', /4 fields, not 5/],
    ['0 0 3 * * *', /6 fields, not 5/],
    ['@daily', /1 fields, not 5/],
    ['', /1 fields, not 5/],
    ['0 3 30 2 *', /never opens/],
    ['0 3 31 4,6,9,NOV *', /never opens/],
    [`${'1,'.repeat(200)}1 * * * *`, /longer than 255/],
  ])('refuses the expression %s', (window, why) => {
    const [first, ...more] = problemsOf({ window, duration: '1h' });
    expect(first?.message).toMatch(why);
    expect(first?.place).toEqual({ kind: 'value', pointer: '/a/window' });
    expect(more).toEqual([]);
  });

  it.each(['0 3 29 2 *', '0 3 L 2 *', '0 3 31 2 MON', '0 3 31 JAN,FEB *'])(
    'takes %s, which comes now and then',
    (window) => {
      expect(problemsOf({ window, duration: '1h' })).toEqual([]);
    },
  );

  it('tells all that is wrong with a window, each at its place', () => {
    expect(problemsOf({ window: 'often', duration: '0s', zone: 'Europe/Berln' })).toMatchObject([
      { place: { pointer: '/a/window' } },
      { place: { pointer: '/a/duration' }, message: 'a window of no length never opens' },
      { place: { pointer: '/a/zone' }, hint: "Did you mean 'Europe/Berlin'?" },
    ]);
    expect(problemsOf({ window: '0 3 * * *', duration: 'long' })).toHaveLength(1);
  });
});

describe('when a time zone is looked up', () => {
  it('is one that this Node knows, and none that it lists is missing', () => {
    const refused = [...timeZones].filter((timeZone) => {
      try {
        new Intl.DateTimeFormat('en', { timeZone });
        return false;
      } catch {
        return true;
      }
    });
    expect(refused).toEqual([]);
    expect(Intl.supportedValuesOf('timeZone').filter((zone) => !timeZones.has(zone))).toEqual([]);
  });
});
