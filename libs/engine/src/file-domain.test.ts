// SPDX-License-Identifier: Apache-2.0
import { jobUnit } from '@fairlead/target/testing';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeDomainContract } from './contract/index.ts';
import { createFileDomain } from './file-domain.fixture.ts';

describeDomainContract('file', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'fairlead-domain-'));
  return {
    open: () => createFileDomain(dir),
    unit: (name, version) => jobUnit({ name, args: [`v${String(version)}`] }),
    dispose: () => rm(dir, { recursive: true }),
  };
});
