// SPDX-License-Identifier: Apache-2.0

export interface Launch {
  /** Absolute paths of `env` and of the program. */
  readonly env: string;
  readonly program: string;
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly cwd: string;
  /** `cgroup.procs` files of the groups to join. */
  readonly groups: readonly string[];
  /** A command that changes user and group before it starts its arguments; empty: none. */
  readonly prefix: readonly string[];
}

/**
 * The last lines that the shell runs before it becomes the program. `env -i` makes the environment exactly what is stated: no
 * variable of the agent or the shell comes along, and names that no shell could hold pass. `0` in cgroup.procs means who writes:
 * the groups are joined before the program exists, so nothing that it forks stays outside.
 */
export function launchScript(launch: Launch): string {
  const variables = Object.entries(launch.environment).map(([name, value]) => `${name}=${value}`);
  const command = [launch.env, '-i', '--', ...variables, ...launch.prefix, launch.program, ...launch.args];
  return [
    'umask 022',
    ...launch.groups.map((group) => `echo 0 >${quote(group)} || exit 125`),
    `cd ${quote(launch.cwd)} || exit 125`,
    `exec ${command.map(quote).join(' ')}`,
    '',
  ].join('\n');
}

/** One word for the shell, whatever it holds. */
export function quote(word: string): string {
  return `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
