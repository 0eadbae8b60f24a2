// SPDX-License-Identifier: Apache-2.0

export interface Launch {
  /** Absolute paths of `env` and of the program. */
  readonly env: string;
  readonly program: string;
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly cwd: string;
  /** A command that changes user and group before it starts its arguments; empty: none. */
  readonly prefix: readonly string[];
}

/**
 * The last lines that the shell runs before it becomes the program. The environment is exactly what is stated, and values stay out
 * of the command line, where every user of the machine could read them: the shell, which was started with nothing but PATH, exports
 * what it can hold, and env(1) takes away what the shell adds and sets the few names that mean something to it or that it cannot
 * hold. `groups`: files through which control groups are joined; `0` means who writes. That is done before the program exists, so
 * nothing that it forks stays outside.
 */
export function launchScript(launch: Launch, groups: readonly string[]): string {
  const variables = Object.entries(launch.environment);
  const exported = variables.filter(([name]) => isExportable(name));
  const odd = variables.filter(([name]) => !isExportable(name)).map(([name, value]) => `${name}=${value}`);
  const stated = new Set(variables.map(([name]) => name));
  const unset = addedByShell.filter((name) => !stated.has(name)).flatMap((name) => ['-u', name]);
  const command = [launch.env, ...unset, '--', ...odd, ...launch.prefix, launch.program, ...launch.args];
  return [
    'umask 022',
    ...groups.map((group) => `echo 0 >${quote(group)} || exit 125`),
    `cd ${quote(launch.cwd)} || exit 125`,
    ...exported.map(([name, value]) => `export ${name}=${quote(value)}`),
    `exec ${command.map(quote).join(' ')}`,
    '',
  ].join('\n');
}

/** In the environment of what a shell starts, whether anyone asked for it or not. PATH is the keeper's own. */
const addedByShell = ['PATH', 'PWD', 'OLDPWD', 'SHLVL', '_'];

/**
 * Names that a shell, dash or another, keeps for itself: to export them fails, or exports something else; and those of the dynamic
 * linker, which are for the program and not for env(1). None holds a secret.
 */
const keptByShell =
  /^(?:_|BASH\w*|COMP_\w+|DIRSTACK|EPOCH\w+|EUID|FUNCNAME|GROUPS|HIST\w+|IFS|LD_\w+|LINENO|OLDPWD|OPT\w+|POSIXLY_CORRECT|PPID|PWD|RANDOM|SECONDS|SHELLOPTS|SHLVL|SRANDOM|UID)$/;

/** Whether a variable of this name can be handed over without its value in the command line of env(1). */
export function isExportable(name: string): boolean {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) && !keptByShell.test(name);
}

/** One word for the shell, whatever it holds. */
export function quote(word: string): string {
  return `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
