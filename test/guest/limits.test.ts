// SPDX-License-Identifier: Apache-2.0
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { runInGuest } from './boot.ts';
import { bundleProgram } from './bundle.ts';
import { guestImage } from './image.ts';
import type { Facts } from './limits/facts.ts';

/** As a service manager starts agents: each in a group that is its own, the next one in the leaf that the first had to move to. */
const command = `
groups=/sys/fs/cgroup
within() { sh -c 'echo 0 >"$0/cgroup.procs" && exec "$@"' "$@"; }
echo '+memory +cpu +pids' >$groups/cgroup.subtree_control
mkdir -p $groups/agent.service $groups/poor.slice
within $groups/agent.service node /main.cjs first $groups/agent.service
within $groups/agent.service true 2>/dev/null && echo "a process came into a group that hands down"
within $groups/agent.service/agent node /main.cjs next $groups/agent.service
echo '+memory +pids' >$groups/poor.slice/cgroup.subtree_control
mkdir $groups/poor.slice/agent.service
within $groups/poor.slice/agent.service node /main.cjs poor $groups/poor.slice/agent.service
exit 0`;

const image = await guestImage();

describe.skipIf(!image.ok)(
  `when jobs are bounded on a machine with control groups of version 2${image.ok ? '' : ` (no guest: ${image.error})`}`,
  () => {
    let facts: Facts;

    beforeAll(async () => {
      if (!image.ok) return;
      const program = await bundleProgram(join(import.meta.dirname, 'limits/main.ts'));
      const { status, stdout, console } = await runInGuest(
        image.value,
        command,
        new Map([['/main.cjs', program]]),
      );
      expect(status, console).toBe(0);
      const lines = stdout.split('\n').filter((line) => line !== '');
      expect(lines, console).toHaveLength(3);
      facts = Object.assign({}, ...lines.map((line) => JSON.parse(line) as object)) as Facts;
    }, 300_000);

    it('goes to a leaf, makes a group for each run, and writes its limits there', () => {
      const { own, groups, steady, steadyPid } = facts.first;
      expect(own).toEqual({ before: '/agent.service', after: '/agent.service/agent' });
      expect(groups.map((name) => name.replace(/-[0-9a-f]{8}-/, '-'))).toEqual(
        expect.arrayContaining(['agent', 'fairlead-busy-1', 'fairlead-late-1', 'fairlead-steady-1']),
      );
      expect(steady).toEqual({
        'memory.max': String(2 ** 25),
        'memory.oom.group': '1',
        'cpu.max': '50000 100000',
        'pids.max': '9',
        'cgroup.procs': steadyPid,
      });
    });

    it('tells a job that took too much memory from one that was killed', () => {
      expect(facts.first.conditions).toMatchObject({
        greedy: { code: 'out-of-memory' },
        parent: { code: 'out-of-memory' },
        killed: { code: 'unit-ended', message: 'ended with signal 9' },
      });
    });

    it('holds a job to its share of the processor', () => {
      expect(facts.first.busy.max).toBe('10000 100000');
      expect(facts.first.busy.throttled).toBeGreaterThan(0);
    });

    it('lets a job have no more processes than it may', () => {
      expect(facts.first.forking.refused).toBeGreaterThan(0);
      expect(facts.first.forking.said).toMatch(/fork/);
    });

    it('removes the groups of what ended or was stopped, and no others', () => {
      expect(facts.first.left.map((name) => name.replace(/-[0-9a-f]{8}-/, '-'))).toEqual([
        'agent',
        'fairlead-late-1',
        'fairlead-steady-1',
      ]);
      expect(facts.next.left).toEqual(['agent']);
    });

    it('finds jobs again after the agent was killed, also one that took too much memory meanwhile', () => {
      expect(facts.next).toMatchObject({
        own: '/agent.service/agent',
        steady: { kind: 'running' },
        steadyPid: facts.first.steadyPid,
        late: { kind: 'failed', code: 'out-of-memory' },
      });
    });

    it('refuses by name what no controller is there for, before anything is touched', () => {
      expect(facts.poor).toMatchObject({
        controllers: 'memory pids',
        refusal: {
          code: 'unsupported-feature',
          message: expect.stringContaining('processor time') as string,
        },
        files: [],
        memory: String(2 ** 25),
      });
      expect(facts.poor.refusal?.message).not.toMatch(/memory|processes/);
      // The agent in its leaf, and no group of a run.
      expect(facts.poor.groups).toEqual(['agent']);
      expect(facts.poor.own).toBe('/poor.slice/agent.service/agent');
    });
  },
);
