// SPDX-License-Identifier: Apache-2.0
import type { JobUnit } from '@fairlead/target';

/** The agent's own environment, as the runtime gives it. */
export type AgentEnvironment = Readonly<Record<string, string | undefined>>;

/**
 * The environment of a job: exactly what is stated; over the agent's own only where that is asked for. Without it there is no PATH
 * either. `run`: a number of this run.
 */
export function jobEnvironment(
  unit: JobUnit,
  stated: Readonly<Record<string, string>>,
  agent: AgentEnvironment,
  run: number,
): Readonly<Record<string, string>> {
  const inherited = unit.inheritEnv ? Object.entries(agent) : [];
  const environment: Record<string, string> = {};
  for (const [name, value] of inherited) if (value !== undefined) environment[name] = value;
  if (unit.originId) environment['GREASE_ORIGIN_ID'] = String(run);
  return { ...environment, ...stated };
}

/** Where programs are looked for if nobody says. */
const usualPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** Where programs are looked for: the agent's PATH, whatever the job sees. */
export function searchPath(agent: AgentEnvironment): readonly string[] {
  return (agent['PATH'] ?? usualPath).split(':').filter((folder) => folder.startsWith('/'));
}
