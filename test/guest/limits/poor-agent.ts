// SPDX-License-Identifier: Apache-2.0
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { startAgent } from './agent.ts';
import type { Facts } from './facts.ts';
import { boundedJob } from './job.ts';
import { ownGroup } from './own-group.ts';

export async function poorAgent(dir: string, group: string): Promise<Facts['poor']> {
  const agent = await startAgent(dir, group);
  const asked = boundedJob('asked', 'exec sleep 600', { memory: 2 ** 25, milliCpus: 500, pids: 9 });
  const staged = await agent.domain.stage(asked, agent.signal);
  const units = join(dir, 'jobs/units');
  const seen = {
    controllers: readFileSync(join(group, 'cgroup.controllers'), 'utf8').trim(),
    refusal: staged.ok ? null : staged.error,
    groups: agent.groups(),
    own: ownGroup(),
    files: existsSync(units) ? readdirSync(units) : [],
  };
  await agent.bring(boundedJob('modest', 'exec sleep 600', { memory: 2 ** 25 }));
  return { ...seen, memory: agent.groupFile('modest', 'memory.max') };
}
