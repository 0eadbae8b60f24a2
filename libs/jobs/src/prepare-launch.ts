// SPDX-License-Identifier: Apache-2.0
import { chown, mkdir } from 'node:fs/promises';
import { err, ok, type Digest, type Result } from '@fairlead/base';
import type { SecretSource, StepFailure } from '@fairlead/engine';
import type { JobUnit } from '@fairlead/target';
import { jobEnvironment, searchPath, type AgentEnvironment } from './environment.ts';
import { fillConfigs, secretFiles } from './fill-configs.ts';
import { isExportable, type Launch } from './launch-script.ts';
import { configsFolder, type Layout } from './layout.ts';
import { launchPrefix, privilegesOf, type RunAs } from './privileges.ts';
import { locateProgram } from './program-lookup.ts';
import { checkRoot, rootFolder } from './root-folder.ts';
import { stdinText } from './stdin.ts';
import { namesSecrets, substitute, substituteAll } from './substitute.ts';
import { tryGroups } from './run-groups.ts';
import { usedSecrets } from './used-secrets.ts';
import { memberVariables, unitVariables } from './variables.ts';

export interface LaunchContext {
  readonly layout: Layout;
  readonly agent: AgentEnvironment;
  /** Path of the agent's local socket, as groups are told; empty: none. */
  readonly socketPath: string;
  readonly random: () => number;
  readonly secrets: SecretSource;
}

/** What a unit's own words come to on this device. */
export interface Command {
  readonly program: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly stdin: string | null;
  /** Config files that secrets stand in, by path. */
  readonly secretFiles: ReadonlyMap<string, string>;
  /** Marks of the secrets in any of these, by name. */
  readonly secrets: ReadonlyMap<string, string>;
}

/** Expands every placeholder of a unit. Fails alike before anything is staged and when it starts: only names, and which secrets are there, decide. */
export function expandCommand(
  unit: JobUnit,
  version: Digest,
  context: LaunchContext,
): Result<Command, StepFailure> {
  const { layout, socketPath } = context;
  const folder = layout.version(unit.name, version);
  const variables = unitVariables(layout, unit, folder);
  const secrets = usedSecrets(context.secrets);
  const program = substitute(unit.program, variables, null);
  if (!program.ok) return program;
  const args = substituteAll(unit.args, variables, null);
  if (!args.ok) return args;
  const names = Object.keys(unit.env);
  const values = substituteAll(Object.values(unit.env), variables, secrets);
  if (!values.ok) return values;
  const exposed = names.find((name) => !isExportable(name) && namesSecrets(unit.env[name] ?? ''));
  if (exposed !== undefined)
    return err({
      code: 'secret-exposed',
      message: `the variable '${exposed}' is handed over by its name alone: its secret would stand in the list of processes`,
    });
  const stdin = stdinText(
    unit,
    (member) => memberVariables(layout, unit, folder, member),
    socketPath,
    secrets,
  );
  if (!stdin.ok) return stdin;
  const files = secretFiles(unit, configsFolder(folder, unit.chroot), secrets);
  if (!files.ok) return files;
  const env = Object.fromEntries(names.map((name, index) => [name, values.value[index] ?? '']));
  return ok({
    program: program.value,
    args: args.value,
    env,
    stdin: stdin.value,
    secretFiles: files.value,
    secrets: secrets.marks(),
  });
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

export type Prepared = Pick<Command, 'stdin' | 'secrets'> & { readonly launch: Launch };

/** Everything that the start of one run needs, with the working folder made and the secrets in their config files. */
export async function prepareLaunch(
  unit: JobUnit,
  version: Digest,
  context: LaunchContext,
): Promise<Result<Prepared, StepFailure>> {
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
  await fillConfigs(command.value.secretFiles, runAs.value);
  const launch: Launch = {
    env: env.value,
    program: program.value,
    args: command.value.args,
    environment: jobEnvironment(unit, command.value.env, agent, Math.floor(context.random() * 2 ** 31)),
    cwd,
    prefix: prefix.value,
  };
  return ok({ launch, stdin: command.value.stdin, secrets: command.value.secrets });
}
