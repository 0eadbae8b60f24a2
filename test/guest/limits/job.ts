// SPDX-License-Identifier: Apache-2.0
import { plainAttributes, type JobUnit } from '@fairlead/target';
import { jobUnit } from '@fairlead/target/testing';

export interface Limits {
  readonly memory?: number;
  readonly milliCpus?: number;
  readonly pids?: number;
}

/** A job that runs a line of shell within bounds, and is not started again. */
export function boundedJob(name: string, script: string, limits: Limits): JobUnit {
  const { memory = null, milliCpus = null, pids = null } = limits;
  return jobUnit({
    name,
    program: '/bin/sh',
    args: ['-c', script],
    env: { PATH: '/bin' },
    memoryLimit: memory,
    attributes: { ...plainAttributes, resources: { memoryBytes: null, milliCpus, pids } },
  });
}
