// SPDX-License-Identifier: Apache-2.0
import { chown, mkdir } from 'node:fs/promises';
import { ok, type Digest, type Result } from '@fairlead/base';
import type { StepFailure } from '@fairlead/engine';
import type { JobUnit } from '@fairlead/target';
import { jobEnvironment, searchPath, type AgentEnvironment } from './environment.ts';
import type { Launch } from './launch-script.ts';
import type { Layout } from './layout.ts';
import { launchPrefix, privilegesOf, type RunAs } from './privileges.ts';
import { locateProgram } from './program-lookup.ts';
import { checkRoot, rootFolder } from './root-folder.ts';
import { stdinText } from './stdin.ts';
import { substitute, substituteAll } from './substitute.ts';
import { tryGroups } from './run-groups.ts';
import { memberVariables, unitVariables } from './variables.ts';

export interface LaunchContext {
  readonly layout: Layout;
  readonly agent: AgentEnvironment;
  /** Path of the agent's local socket, as groups are told; empty: none. */
  readonly socketPath: string;
  readonly random: () => number;
}

/** What a unit's own words come to on this device. */
export interface Command {
  readonly program: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly stdin: string | null;
}

/** Expands every placeholder of a unit. Fails alike before anything is staged and when it starts, since only names decide. */
export function expandCommand(
  unit: JobUnit,
  version: Digest,
  context: LaunchContext,
): Result<Command, StepFailure> {
  const { layout, socketPath } = context;
  const folder = layout.version(unit.name, version);
  const variables = unitVariables(layout, unit, folder);
  const program = substitute(unit.program, variables);
  if (!program.ok) return program;
  const args = substituteAll(unit.args, variables);
  if (!args.ok) return args;
  const names = Object.keys(unit.env);
  const values = substituteAll(Object.values(unit.env), variables);
  if (!values.ok) return values;
  const stdin = stdinText(unit, (member) => memberVariables(layout, unit, folder, member), socketPath);
  if (!stdin.ok) return stdin;
  const env = Object.fromEntries(names.map((name, index) => [name, values.value[index] ?? '']));
  return ok({ program: program.value, args: args.value, env, stdin: stdin.value });
}

/** How this device does what the unit asks for, or that it cannot; nothing is left out in silence. */
export async function checkFeatures(
  unit: JobUnit,
  { agent, layout }: LaunchContext,
): Promise<Result<RunAs | null, StepFailure>> {
  const search = searchPath(agent);
  const runAs = await privilegesOf(unit);
  if (!runAs.ok) return runAs;
  const root = await checkRoot(unit, search);
  if (!root.ok) return root;
  const prefix = await launchPrefix(runAs.value, rootFolder(unit, ''), search);
  if (!prefix.ok) return prefix;
  const groups = await tryGroups(unit, layout.units);
  return groups.ok ? runAs : groups;
}

/** Everything that the start of one run needs, with the working folder made. */
export async function prepareLaunch(
  unit: JobUnit,
  version: Digest,
  context: LaunchContext,
): Promise<Result<{ readonly launch: Launch; readonly stdin: string | null }, StepFailure>> {
  const { layout, agent } = context;
  const path = searchPath(agent);
  const command = expandCommand(unit, version, context);
  if (!command.ok) return command;
  const runAs = await privilegesOf(unit);
  if (!runAs.ok) return runAs;
  const folder = layout.version(unit.name, version);
  const root = rootFolder(unit, folder);
  const prefix = await launchPrefix(runAs.value, root, path);
  if (!prefix.ok) return prefix;
  const cwd = layout.work(unit.name);
  const { IMAGE: image, CWD: base } = unitVariables(layout, unit, folder);
  const program = await locateProgram(command.value.program, image ?? base ?? cwd, path, root ?? '/');
  if (!program.ok) return program;
  const env = await locateProgram('env', '/', path);
  if (!env.ok) return env;
  await mkdir(cwd, { recursive: true, mode: 0o755 });
  if (runAs.value !== null) await chown(cwd, runAs.value.uid, runAs.value.gid);
  const launch: Launch = {
    env: env.value,
    program: program.value,
    args: command.value.args,
    environment: jobEnvironment(unit, command.value.env, agent, Math.floor(context.random() * 2 ** 31)),
    cwd,
    prefix: prefix.value,
  };
  return ok({ launch, stdin: command.value.stdin });
}
