// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { errnoOf, FairleadError } from './error.ts';

describe('when something is thrown', () => {
  it('passes our own errors unchanged', () => {
    const error = new FairleadError({ code: 'no-space', message: 'full' });
    expect(FairleadError.from(error)).toBe(error);
  });

  it('keeps the cause of others under the fallback code', () => {
    const cause = new TypeError('x');
    expect(FairleadError.from(cause, 'storage-failed')).toMatchObject({
      code: 'storage-failed',
      message: 'x',
      cause,
    });
  });

  it('gives the hint of the code unless a better one is given', () => {
    expect(new FairleadError({ code: 'misuse', message: 'm' }).hint).toBe('See --help.');
    expect(new FairleadError({ code: 'misuse', message: 'm', hint: 'h' }).hint).toBe('h');
  });

  it('tells the name of a system error', () => {
    expect(errnoOf(Object.assign(new Error('no'), { code: 'ENOENT' }))).toBe('ENOENT');
    expect(errnoOf('ENOENT')).toBeUndefined();
  });
});
