// SPDX-License-Identifier: Apache-2.0
import type { Fields } from './fields.ts';
import type * as gen from './gen/fairlead/v1/agent.ts';
import type { Command, CommandAction } from './messages.ts';
import { wireLimits as limits } from './wire-limits.ts';

export function writeCommand(command: Command): gen.Command {
  return {
    id: command.id,
    issuer: command.issuer,
    expiresMs: BigInt(command.expires),
    action: writeAction(command.action),
  };
}

export function readCommand(fields: Fields, wire: gen.Command): Command {
  return {
    kind: 'command',
    id: fields.text('id', wire.id, limits.id),
    issuer: fields.text('issuer', wire.issuer, limits.name),
    expires: fields.whole('expires_ms', wire.expiresMs),
    action: readAction(fields, wire.action),
  };
}

function writeAction(action: CommandAction): gen.Command['action'] {
  switch (action.kind) {
    case 'look-again':
      return { $case: 'lookAgain', value: {} };
    case 'send-state':
      return { $case: 'sendState', value: {} };
    case 'retry':
      return { $case: 'retry', value: {} };
    case 'restart-unit':
      return { $case: 'restartUnit', value: { domain: action.domain, name: action.name } };
    case 'unknown':
      return undefined;
  }
}

function readAction(fields: Fields, action: gen.Command['action']): CommandAction {
  switch (action?.$case) {
    case 'lookAgain':
      return { kind: 'look-again' };
    case 'sendState':
      return { kind: 'send-state' };
    case 'retry':
      return { kind: 'retry' };
    case 'restartUnit':
      return {
        kind: 'restart-unit',
        domain: fields.text('restart_unit.domain', action.value.domain, limits.name),
        name: fields.text('restart_unit.name', action.value.name, limits.name),
      };
    case undefined:
      return { kind: 'unknown' };
  }
}
