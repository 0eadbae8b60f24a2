// SPDX-License-Identifier: Apache-2.0
import { tempDir } from '@fairlead/testing';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fairlead, newSignedFleet } from './fairlead.fixture.ts';

const audit = (...args: readonly string[]) => fairlead(['audit', 'verify', ...args]);
const zeros = `sha256:${'0'.repeat(64)}`;

describe('when an audit cannot be asked for', () => {
  it('because the clone lacks the log, the command that fetches it is told', async () => {
    const { dir, fleet } = await newSignedFleet();
    const { code, stderr } = await audit('--repo', dir, '--root', fleet);
    expect(code).toBe(3);
    expect(stderr).toContain("git fetch origin '+refs/fairlead/*:refs/fairlead/*'");
    expect(stderr).toContain('[log-missing]');
  });

  it('because there is no repository, that is told', async () => {
    const { code, stderr } = await audit('--repo', await tempDir('empty'), '--root', zeros);
    expect(code).toBe(3);
    expect(stderr).toContain('[repository-missing]');
  });

  it.each([
    ['no first root is named', [], '--root'],
    [
      'the root is neither a digest nor a file',
      ['--root', 'nowhere.json'],
      'nowhere.json cannot be read: ENOENT',
    ],
    [
      'the checkpoint is no file',
      ['--root', zeros, '--since', 'nowhere.json'],
      'nowhere.json cannot be read: ENOENT',
    ],
    [
      'the checkpoint is another text',
      ['--root', zeros, '--since', '{"format":1}'],
      '--since: it is no checkpoint',
    ],
    ['the audit before had findings', ['--root', zeros, '--since', '{"checkpoint":null}'], 'had findings'],
  ])('because %s, it is misuse', async (_, args, said) => {
    const { code, stderr } = await audit(...args);
    expect(code).toBe(2);
    expect(stderr).toContain(said);
  });

  it('because the checkpoint was changed, it is misuse', async () => {
    const path = join(await tempDir('checkpoint'), 'checkpoint.json');
    const checkpoint = {
      format: 1,
      fleet: zeros,
      branch: 'main',
      records: '0'.repeat(40),
      receipts: {},
      devices: {},
      digest: zeros,
    };
    await writeFile(path, JSON.stringify(checkpoint));
    const { code, stderr } = await audit('--root', zeros, '--since', path);
    expect(code).toBe(2);
    expect(stderr).toContain('its digest is another');
  });
});
