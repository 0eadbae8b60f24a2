// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { waitFor } from '@fairlead/testing/wait-for';
import { startAgent } from './agent.ts';
import type { Facts } from './facts.ts';
import { boundedJob } from './job.ts';
import { ownGroup } from './own-group.ts';

const memory = 2 ** 24;
/** The inner shell gives up, the outer one keeps the group there. */
const forks = "sh -c 'for i in 1 2 3 4; do sleep 600 & done; wait'; exec sleep 600";
const greedy = 'dd if=/dev/zero of=/dev/null bs=64M count=1';

export async function firstAgent(dir: string, group: string): Promise<Facts['first']> {
  const before = ownGroup();
  const agent = await startAgent(dir, group);
  const { domain, signal, groupFile } = agent;
  const steady = boundedJob('steady', 'exec sleep 600', { memory: 2 ** 25, milliCpus: 500, pids: 9 });
  const late = `while [ ! -e go ]; do sleep 0.1; done; exec ${greedy}`;
  await agent.bring(steady);
  await agent.bring(boundedJob('late', late, { memory }));
  await agent.bring(boundedJob('busy', 'while :; do :; done', { milliCpus: 100 }));
  await agent.bring(boundedJob('forking', forks, { pids: 3 }));
  await agent.reached('late', 'running');
  const groups = agent.groups();

  await agent.bring(boundedJob('greedy', `exec ${greedy}`, { memory }));
  await agent.bring(boundedJob('parent', `${greedy}; exit 3`, { memory }));
  await agent.bring(boundedJob('killed', 'kill -KILL $$', { memory }));
  const conditions = {
    greedy: await agent.reached('greedy', 'failed'),
    parent: await agent.reached('parent', 'failed'),
    killed: await agent.reached('killed', 'failed'),
  };
  const counted = (name: string, file: string, key: string): number | false => {
    const count = Number(new RegExp(`^${key} (\\d+)$`, 'm').exec(groupFile(name, file))?.[1] ?? 0);
    return count > 0 && count;
  };
  const throttled = await waitFor(() => counted('busy', 'cpu.stat', 'nr_throttled'));
  const refused = await waitFor(() => counted('forking', 'pids.events', 'max'));
  const said = await waitFor(() => {
    const text = readFileSync(join(dir, 'log/forking/stderr.log'), 'utf8').trim();
    return text !== '' && text;
  });
  const max = groupFile('busy', 'cpu.max');
  await domain.stopUnit('busy', signal);
  await domain.stopUnit('forking', signal);
  return {
    own: { before, after: ownGroup() },
    groups,
    steady: {
      'memory.max': groupFile('steady', 'memory.max'),
      'memory.oom.group': groupFile('steady', 'memory.oom.group'),
      'cpu.max': groupFile('steady', 'cpu.max'),
      'pids.max': groupFile('steady', 'pids.max'),
      'cgroup.procs': groupFile('steady', 'cgroup.procs'),
    },
    steadyPid: agent.pid('steady'),
    conditions,
    busy: { max, throttled },
    forking: { refused, said },
    left: agent.groups(),
  };
}
