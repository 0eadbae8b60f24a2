// SPDX-License-Identifier: Apache-2.0
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tempDir } from '@fairlead/testing';
import { describe, expect, it } from 'vitest';
import { locateProgram } from './program-lookup.ts';

async function folderWith(files: Readonly<Record<string, string | Buffer>>): Promise<string> {
  const dir = await tempDir('programs');
  mkdirSync(join(dir, 'bin'));
  for (const [name, content] of Object.entries(files)) {
    writeFileSync(join(dir, 'bin', name), content);
    chmodSync(join(dir, 'bin', name), name.includes('plain') ? 0o644 : 0o755);
  }
  return dir;
}

/** This very Node's first bytes, for another machine. */
function foreign(): Buffer {
  const head = Buffer.from(readFileSync(process.execPath).subarray(0, 4096));
  head.writeUInt16LE(0x1234, 18);
  return head;
}

describe('when a program is looked for', () => {
  it('is found by a plain name on the search path, past what cannot be executed, and by a path from its base', async () => {
    const one = await folderWith({ 'tool-plain': '', other: '#!/bin/sh\n' });
    const two = await folderWith({ 'tool-plain': '', tool: 'no line that names an interpreter' });
    const search = [join(one, 'bin'), join(two, 'bin')];
    expect(await locateProgram('tool', '/', search)).toEqual({ ok: true, value: join(two, 'bin/tool') });
    expect(await locateProgram('./bin/other', one, search)).toEqual({
      ok: true,
      value: join(one, 'bin/other'),
    });
    expect(await locateProgram('bin/other', one, [])).toEqual({ ok: true, value: join(one, 'bin/other') });
    expect(await locateProgram(process.execPath, '/', [])).toEqual({ ok: true, value: process.execPath });
  });

  it.each([
    ['tool-plain', 'cannot be executed'],
    ['./bin/missing', 'does not exist'],
    ['./bin', 'cannot be executed'],
    ['./bin/script', "asks for the interpreter '/no/such/interpreter'"],
    ['./bin/foreign', 'another kind of processor'],
    ['./bin/a=b', 'cannot be executed'],
  ])('refuses %s', async (program, why) => {
    const dir = await folderWith({
      'tool-plain': '',
      script: '#! /no/such/interpreter -x\n',
      foreign: foreign(),
      'a=b': '#!/bin/sh\n',
    });
    const found = await locateProgram(program, dir, [join(dir, 'bin')]);
    expect(found).toMatchObject({
      ok: false,
      error: { code: 'program-not-found', message: expect.stringContaining(why) as string },
    });
  });
});
