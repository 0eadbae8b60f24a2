// SPDX-License-Identifier: Apache-2.0
import { digestHex } from '@fairlead/base';
import { systemClock, tempDir } from '@fairlead/testing';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { Updater } from 'tuf-js';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createSignedFleet, day, hour, makeRoot, newSigners } from './signed-fleet.fixture.ts';
import { revisionId } from './verify.ts';

/** Serves files under their names, as `/tuf/` and `/targets/` do; its address. */
async function serve(files: Readonly<Record<string, Uint8Array>>): Promise<string> {
  const server = createServer((request, response) => {
    const bytes = files[(request.url ?? '').slice(1)];
    response.writeHead(bytes === undefined ? 404 : 200).end(bytes);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
  });
  const address = server.address();
  return `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
}

describe("when TUF's own client for JavaScript follows a fleet", () => {
  it('walks the roots and downloads the manifest', async () => {
    const now = systemClock.now();
    const first = createSignedFleet({ expires: now + day });
    const second = { ...newSigners(), root: first.signers.root };
    const { signed, manifestBytes } = first.revision({ now: now - hour, signers: second });
    const hash = digestHex(revisionId(manifestBytes));
    const dir = await tempDir('tuf');
    await writeFile(join(dir, 'root.json'), first.root);
    const address = await serve({
      '2.root.json': makeRoot(2, second, { expires: now + day }),
      'timestamp.json': signed.timestamp.bytes,
      '1.snapshot.json': signed.snapshot.bytes,
      '1.targets.json': signed.targets.bytes,
      [`${hash}.manifest.json`]: manifestBytes,
    });
    const updater = new Updater({
      metadataDir: dir,
      metadataBaseUrl: address,
      targetDir: dir,
      targetBaseUrl: address,
    });
    await updater.refresh();
    const target = await updater.getTargetInfo('manifest.json');
    expect(await readFile(await updater.downloadTarget(target!))).toEqual(Buffer.from(manifestBytes));
  });
});
