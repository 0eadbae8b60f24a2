// SPDX-License-Identifier: Apache-2.0
import { tempDir } from '@fairlead/testing';
import { chmod, mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { keyFiles, readKeyFiles, writeKeyFolder, type KeyFile } from './index.ts';

const contents = Object.fromEntries(keyFiles.map((name) => [name, `content of ${name}`])) as Record<
  KeyFile,
  string
>;
const modeOf = async (path: string): Promise<number> => (await stat(path)).mode & 0o777;

async function newFolder(): Promise<string> {
  const dir = join(await tempDir('keys'), 'fleet', 'keys');
  await writeKeyFolder(dir, contents);
  return dir;
}

describe('when a key folder is written', () => {
  it('is open to its owner alone', async () => {
    const dir = await newFolder();
    expect(await modeOf(dir)).toBe(0o700);
    for (const sub of ['server', 'operator']) expect(await modeOf(join(dir, sub))).toBe(0o700);
    for (const name of keyFiles) expect(await modeOf(join(dir, name))).toBe(0o600);
    expect(String((await readKeyFiles(dir, ['operator/cert.pem']))['operator/cert.pem'])).toBe(
      'content of operator/cert.pem',
    );
  });

  it('never goes over anything', async () => {
    const dir = await newFolder();
    await expect(writeKeyFolder(dir, contents)).rejects.toMatchObject({ code: 'keys-exist' });
    const other = await tempDir('keys');
    await writeFile(join(other, 'notes.txt'), 'mine');
    await expect(writeKeyFolder(other, contents)).rejects.toMatchObject({ code: 'keys-exist' });
    expect(await readdir(other)).toEqual(['notes.txt']);
  });

  it('refuses a folder that is open to others', async () => {
    const dir = join(await tempDir('keys'), 'open');
    await mkdir(dir);
    await chmod(dir, 0o755);
    await expect(writeKeyFolder(dir, contents)).rejects.toMatchObject({ code: 'keys-too-open' });
    expect(await readdir(dir)).toEqual([]);
  });
});

describe('when a key folder is read', () => {
  it('refuses one that others may read', async () => {
    const dir = await newFolder();
    await chmod(join(dir, 'ca.pem'), 0o640);
    await expect(readKeyFiles(dir, ['ca.pem'])).rejects.toMatchObject({ code: 'keys-too-open' });
    await chmod(dir, 0o750);
    await expect(readKeyFiles(dir, ['root.json'])).rejects.toMatchObject({ code: 'keys-too-open' });
  });

  it('says which file is missing', async () => {
    const dir = await newFolder();
    await rm(join(dir, 'enrolment.key'));
    await expect(readKeyFiles(dir, ['root.json', 'enrolment.key'])).rejects.toMatchObject({
      code: 'keys-missing',
      message: expect.stringContaining('enrolment.key'),
    });
    await expect(readKeyFiles(join(dir, 'nowhere'), ['root.json'])).rejects.toMatchObject({
      code: 'keys-missing',
    });
  });

  it('asks only for the files that are needed: a server may lack the root key', async () => {
    const dir = await newFolder();
    await rm(join(dir, 'root.pem'));
    await expect(readKeyFiles(dir, ['timestamp.pem', 'snapshot.pem'])).resolves.toBeDefined();
  });
});
