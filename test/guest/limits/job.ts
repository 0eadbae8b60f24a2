// SPDX-License-Identifier: Apache-2.0
import { plainAttributes, type JobUnit } from '@fairlead/target';

export interface Limits {
  readonly memory?: number;
  readonly milliCpus?: number;
  readonly pids?: number;
}

/** A job that runs a line of shell within bounds, and is not started again. */
export function boundedJob(name: string, script: string, limits: Limits): JobUnit {
  const { memory = null, milliCpus = null, pids = null } = limits;
  return {
    domain: 'jobs',
    name,
    disabled: false,
    autostart: true,
    requires: [],
    program: '/bin/sh',
    args: ['-c', script],
    env: { PATH: '/bin' },
    inheritEnv: false,
    originId: false,
    daemonize: false,
    dieWithAgent: false,
    stdin: { kind: 'none' },
    ready: { kind: 'started' },
    restart: { enabled: false, limit: 0, pauseMs: 0, onDependencyFail: false },
    stop: { graceMs: null },
    user: null,
    group: null,
    memoryLimit: memory,
    attributes: { ...plainAttributes, resources: { memoryBytes: null, milliCpus, pids } },
    chroot: { kind: 'none' },
    members: [{ name, image: null, configs: [], config: null, definition: null }],
  };
}
