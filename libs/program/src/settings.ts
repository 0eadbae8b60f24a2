// SPDX-License-Identifier: Apache-2.0
import { err, ok, type Result } from '@fairlead/base';
import type { Flag, Flags, FlagValues } from './flags.ts';

/** Where the texts of flags come from, the strongest first. Keys are flag names without dashes in front (`token-file`). */
export interface SettingSources {
  readonly commandLine: ReadonlyMap<string, string>;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly file: ReadonlyMap<string, string>;
}

/** `--token-file <file>` → `token-file`. */
export function flagName(flags: string): string {
  return /--([a-z0-9-]+)/.exec(flags)?.[1] ?? flags;
}

/** `token-file` → `FAIRLEAD_TOKEN_FILE`. */
export function environmentName(name: string): string {
  return `FAIRLEAD_${name.replaceAll('-', '_').toUpperCase()}`;
}

/** The value of each flag: command line over environment over file over default. All problems at once. */
export function resolveSettings<F extends Flags>(
  flags: F,
  sources: SettingSources,
): Result<FlagValues<F>, readonly string[]> {
  const problems: string[] = [];
  const values: Record<string, unknown> = {};
  for (const [key, flag] of Object.entries(flags)) {
    const value = resolve(flag, sources);
    if (value.ok) values[key] = value.value;
    else problems.push(value.error);
  }
  // Sound: each value was made by the flag under the same key.
  return problems.length > 0 ? err(problems) : ok(values as FlagValues<F>);
}

function resolve<T>(flag: Flag<T>, { commandLine, env, file }: SettingSources): Result<T, string> {
  const name = flagName(flag.flags);
  const variable = environmentName(name);
  const candidates: readonly (readonly [string, string | undefined])[] = [
    [`--${name}`, commandLine.get(name)],
    [variable, env[variable]],
    [`'${name}' of the configuration file`, file.get(name)],
  ];
  for (const [source, text] of candidates) {
    if (text === undefined) continue;
    const parsed = flag.parse(text);
    return parsed.ok ? parsed : err(`${source}: ${parsed.error}`);
  }
  return flag.absent.kind === 'default' ? ok(flag.absent.value) : err(`--${name} is missing`);
}
