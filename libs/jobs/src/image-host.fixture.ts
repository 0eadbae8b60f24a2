// SPDX-License-Identifier: Apache-2.0
import { createServer } from 'node:http';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { sha256 } from '@fairlead/base';
import { type Artifact, type JobConfig } from '@fairlead/target';
import { runOk, tempDir } from '@fairlead/testing';
import { onTestFinished } from 'vitest';

/** A host that serves these bytes by name; empty it and it knows nothing any more. */
export async function serve(): Promise<{
  readonly files: Map<string, Buffer>;
  /** Paths so far. */
  readonly asked: readonly string[];
  add(name: string, bytes: Buffer, format: Artifact['format']): Artifact;
}> {
  const files = new Map<string, Buffer>();
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? '');
    const bytes = files.get(request.url ?? '');
    if (bytes === undefined) response.writeHead(404).end();
    else response.end(bytes);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return {
    files,
    asked,
    add(name, bytes, format) {
      files.set(`/${name}`, bytes);
      return {
        url: `http://127.0.0.1:${String(port)}/${name}`,
        digest: sha256(bytes),
        size: bytes.length,
        format,
      };
    },
  };
}

/** A tape archive of these files, each of which may be run. */
export async function tarOf(files: Readonly<Record<string, string>>): Promise<Buffer> {
  const dir = await tempDir('image');
  mkdirSync(join(dir, 'root'));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(dir, 'root', name)), { recursive: true });
    writeFileSync(join(dir, 'root', name), text, { mode: 0o755 });
  }
  await runOk('tar', ['-C', join(dir, 'root'), '-cf', join(dir, 'image.tar'), '.']);
  return readFileSync(join(dir, 'image.tar'));
}

/** A config without content. */
export const config = (changes: Partial<JobConfig>): JobConfig => ({
  name: 'default',
  data: null,
  encoding: 'utf8',
  files: [],
  ...changes,
});
