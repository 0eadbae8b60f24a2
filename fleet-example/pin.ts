// SPDX-License-Identifier: Apache-2.0
// Writes sizes and checksums of the images into running/*.json. Run it after editing a program: npm run pin -w fleet-example
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pinImages } from './copy.ts';
import { buildImages, exampleDir } from './images.ts';

const out = await mkdtemp(join(tmpdir(), 'fairlead-images-'));
try {
  await pinImages(exampleDir, await buildImages(out));
} finally {
  await rm(out, { recursive: true });
}
