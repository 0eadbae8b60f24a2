// SPDX-License-Identifier: Apache-2.0
import { ok, type Result } from '@fairlead/base';
import type { StepFailure } from '@fairlead/engine';
import type { JobDefinition, JobUnit } from '@fairlead/target';
import { fillSecrets, substitute, substituteAll, type Variables } from './substitute.ts';
import type { UsedSecrets } from './used-secrets.ts';

/**
 * What the program reads on standard input before its end; null: nothing. A group reads one JSON object, without a line end:
 * the definitions of its members by name, its own config, and the agent's socket, each left out where it is empty.
 */
export function stdinText(
  unit: JobUnit,
  variablesOf: (member: JobUnit['members'][number]) => Variables,
  socketPath: string,
  secrets: UsedSecrets,
): Result<string | null, StepFailure> {
  switch (unit.stdin.kind) {
    case 'none':
      return ok(null);
    case 'message':
      return fillSecrets(unit.stdin.text, secrets);
    case 'composite': {
      const modules: Record<string, JobDefinition> = {};
      for (const member of unit.members) {
        if (member.definition === null) continue;
        const expanded = expand(member.definition, variablesOf(member), secrets);
        if (!expanded.ok) return expanded;
        modules[member.name] = expanded.value;
      }
      const processConfig = fillSecrets(unit.stdin.processConfig ?? '', secrets);
      if (!processConfig.ok) return processConfig;
      return ok(
        JSON.stringify({
          ...(Object.keys(modules).length === 0 ? {} : { moduleconfigs: modules }),
          ...(processConfig.value === '' ? {} : { process_config: processConfig.value }),
          ...(socketPath === '' ? {} : { maestro_user_socket_path: socketPath }),
        }),
      );
    }
  }
}

/** Program, arguments and environment hold placeholders; in config and message, the member's own text, secrets alone are. */
function expand(
  definition: JobDefinition,
  variables: Variables,
  secrets: UsedSecrets,
): Result<JobDefinition, StepFailure> {
  const command = substitute(definition.exec_cmd, variables, null);
  if (!command.ok) return command;
  const args = substituteAll(definition.exec_args ?? [], variables, null);
  if (!args.ok) return args;
  const env = substituteAll(definition.env ?? [], variables, secrets);
  if (!env.ok) return env;
  const config = fillSecrets(definition.config, secrets);
  if (!config.ok) return config;
  const message = fillSecrets(definition.message, secrets);
  if (!message.ok) return message;
  return ok({
    ...definition,
    config: config.value,
    message: message.value,
    exec_cmd: command.value,
    exec_args: definition.exec_args === null ? null : args.value,
    env: definition.env === null ? null : env.value,
  });
}
