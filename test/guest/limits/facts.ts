// SPDX-License-Identifier: Apache-2.0
import type { ObservedUnit, StepFailure } from '@fairlead/engine';

type Condition = ObservedUnit['condition'];

/** What the agents in the guest saw; each prints its own as one line of JSON. */
export interface Facts {
  readonly first: FirstAgentFacts;
  readonly next: NextAgentFacts;
  readonly poor: PoorAgentFacts;
}

/** Of an agent that runs jobs within bounds, and is killed. */
interface FirstAgentFacts {
  /** The agent's own group, before and after it had to make others. */
  readonly own: { readonly before: string; readonly after: string };
  /** Names of the groups below its own, with all jobs there. */
  readonly groups: readonly string[];
  /** Files of the group of the job that stays. */
  readonly steady: Readonly<
    Record<'memory.max' | 'memory.oom.group' | 'cpu.max' | 'pids.max' | 'cgroup.procs', string>
  >;
  readonly steadyPid: string;
  readonly conditions: Readonly<Record<'greedy' | 'parent' | 'killed', Condition>>;
  readonly busy: { readonly max: string; readonly throttled: number };
  readonly forking: { readonly refused: number; readonly said: string };
  /** Names of the groups once those jobs ended or were stopped. */
  readonly left: readonly string[];
}

/** Of the agent after it. */
interface NextAgentFacts {
  readonly own: string;
  readonly steady: Condition;
  readonly steadyPid: string;
  /** Of the job that took too much while no agent was there. */
  readonly late: Condition;
  /** Names of the groups after all was stopped. */
  readonly left: readonly string[];
}

/** Of an agent whose group has no controller of processor time. */
interface PoorAgentFacts {
  readonly controllers: string;
  readonly refusal: StepFailure | null;
  /** What was there after the refusal: groups, the agent's own, files of units. */
  readonly groups: readonly string[];
  readonly own: string;
  readonly files: readonly string[];
  /** `memory.max` of a job that is bounded in memory alone. */
  readonly memory: string;
}
