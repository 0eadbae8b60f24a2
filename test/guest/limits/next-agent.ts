// SPDX-License-Identifier: Apache-2.0
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { waitFor } from '@fairlead/testing/wait-for';
import { startAgent } from './agent.ts';
import type { Facts } from './facts.ts';
import { ownGroup } from './own-group.ts';

export async function nextAgent(dir: string, group: string): Promise<Facts['next']> {
  writeFileSync(join(dir, 'jobs/units/late/work/go'), '');
  await waitFor(() => existsSync(join(dir, 'run/late/1/exit')));
  const agent = await startAgent(dir, group);
  const late = await agent.reached('late', 'failed');
  const steady = await agent.reached('steady', 'running');
  const steadyPid = agent.pid('steady');
  await agent.domain.stopUnit('steady', agent.signal);
  const left = await waitFor(() => {
    const groups = agent.groups();
    return groups.length < 2 && groups;
  });
  return { own: ownGroup(), steady, steadyPid, late, left };
}
