// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { createProgramLogger } from './index.ts';

function logged(level: 'debug' | 'info' | 'warn' | 'error' | undefined) {
  const lines: string[] = [];
  const terminal = { err: (line: string) => lines.push(line) };
  const logger = createProgramLogger({ name: 'demo', terminal, ...(level === undefined ? {} : { level }) });
  logger.debug('small');
  logger.info('offer sent', { device: 'a', bytes: 3 });
  logger.error('bad');
  return lines.map((line) => JSON.parse(line));
}

describe('when a program logs', () => {
  it('writes one object a line with a fixed message and the data beside it', () => {
    const [line, ...rest] = logged(undefined);
    expect(line).toMatchObject({ level: 'info', name: 'demo', msg: 'offer sent', device: 'a', bytes: 3 });
    expect(line.time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    expect(rest).toMatchObject([{ level: 'error', msg: 'bad' }]);
  });

  it('leaves out what is below its level', () => {
    expect(logged('debug').map(({ msg }) => msg)).toEqual(['small', 'offer sent', 'bad']);
    expect(logged('error').map(({ msg }) => msg)).toEqual(['bad']);
  });
});

describe('when the level of a logger changes', () => {
  it('counts from the next line on', () => {
    const lines: string[] = [];
    const logger = createProgramLogger({ name: 'demo', terminal: { err: (line) => lines.push(line) } });
    logger.debug('one');
    logger.setLevel('debug');
    logger.debug('two');
    logger.setLevel('error');
    logger.info('three');
    expect(lines.map((line) => (JSON.parse(line) as { msg: string }).msg)).toEqual(['two']);
  });
});
