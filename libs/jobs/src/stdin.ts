// SPDX-License-Identifier: Apache-2.0
import { ok, type Result } from '@fairlead/base';
import type { StepFailure } from '@fairlead/engine';
import type { JobDefinition, JobUnit } from '@fairlead/target';
import { substitute, substituteAll, type Variables } from './substitute.ts';

/**
 * What the program reads on standard input before its end; null: nothing. A group reads one JSON object, without a line end:
 * the definitions of its members by name, its own config, and the agent's socket, each left out where it is empty.
 */
export function stdinText(
  unit: JobUnit,
  variablesOf: (member: JobUnit['members'][number]) => Variables,
  socketPath: string,
): Result<string | null, StepFailure> {
  switch (unit.stdin.kind) {
    case 'none':
      return ok(null);
    case 'message':
      return ok(unit.stdin.text);
    case 'composite': {
      const modules: Record<string, JobDefinition> = {};
      for (const member of unit.members) {
        if (member.definition === null) continue;
        const expanded = expand(member.definition, variablesOf(member));
        if (!expanded.ok) return expanded;
        modules[member.name] = expanded.value;
      }
      const { processConfig } = unit.stdin;
      return ok(
        JSON.stringify({
          ...(Object.keys(modules).length === 0 ? {} : { moduleconfigs: modules }),
          ...(processConfig === null || processConfig === '' ? {} : { process_config: processConfig }),
          ...(socketPath === '' ? {} : { maestro_user_socket_path: socketPath }),
        }),
      );
    }
  }
}

/** Program, arguments and environment hold placeholders; config and message are the member's own text. */
function expand(definition: JobDefinition, variables: Variables): Result<JobDefinition, StepFailure> {
  const command = substitute(definition.exec_cmd, variables);
  if (!command.ok) return command;
  const args = substituteAll(definition.exec_args ?? [], variables);
  if (!args.ok) return args;
  const env = substituteAll(definition.env ?? [], variables);
  if (!env.ok) return env;
  return ok({
    ...definition,
    exec_cmd: command.value,
    exec_args: definition.exec_args === null ? null : args.value,
    env: definition.env === null ? null : env.value,
  });
}
