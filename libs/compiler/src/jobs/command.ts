// SPDX-License-Identifier: Apache-2.0
import type { TemplateEntry } from '@fairlead/spec';
import type { Definition } from '../definitions.ts';
import type { ResolvedJob } from './resolve-job.ts';

export interface Command {
  readonly program: string;
  /** Without the program. */
  readonly args: readonly string[];
}

/**
 * The command of a single job. A template with a program takes what the job states as its own as first argument, an empty text
 * too, between its own; one without stands around the job's arguments. Undefined: neither names a program.
 */
export function commandOf({ definition, template }: ResolvedJob): Command | undefined {
  const { exec_cmd: own, exec_args: args = [] } = definition.value;
  const {
    exec_cmd: wrapper = '',
    exec_pre_args: before = [],
    exec_post_args: after = [],
  } = template?.value ?? {};
  if (wrapper !== '')
    return { program: wrapper, args: [...before, ...(own === undefined ? [] : [own]), ...args, ...after] };
  return own === undefined || own === '' ? undefined : { program: own, args: [...before, ...args, ...after] };
}

/** The command of a composite's one process: the template's alone. */
export function compositeCommand({ value }: Definition<TemplateEntry>): Command | undefined {
  const { exec_cmd: program = '', exec_pre_args: before = [], exec_post_args: after = [] } = value;
  return program === '' ? undefined : { program, args: [...before, ...after] };
}

/** `NAME=value` lists as one value each; later lists count over earlier ones. */
export function environment(...lists: readonly (readonly string[])[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    lists.flat().map((variable) => {
      const equals = variable.indexOf('=');
      return [variable.slice(0, equals), variable.slice(equals + 1)];
    }),
  );
}
