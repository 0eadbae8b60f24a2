// SPDX-License-Identifier: Apache-2.0
import { err, FairleadError, type Logger, type Result } from '@fairlead/base';
import type { Command, CommandAction, CommandResult } from '@fairlead/wire';
import * as v from 'valibot';
import type { Failure } from './failure.ts';
import { createSerial } from './serial.ts';
import { readStored, writeStored } from './stored-json.ts';

/** What a command may do: a closed set that changes nothing a revision says. */
export type KnownAction = Exclude<CommandAction, { kind: 'unknown' }>;

export interface CommandDesk {
  open(): Promise<void>;
  /** Runs it, unless it is too late or was begun before; answers in any case. */
  take(command: Command): Promise<void>;
}

export interface CommandPorts {
  readonly path: string;
  readonly logger: Logger;
  /** The later of system clock and signed time, milliseconds since 1970. */
  trustedTime(): number;
  run(action: KnownAction): Promise<Result<void, Failure>>;
  answer(result: CommandResult): void;
}

/** Ids that are remembered; a server that sends more than these within their lifetimes is out of its mind. */
const mostRemembered = 256;

const result = v.strictObject({ ok: v.boolean(), code: v.nullable(v.string()), message: v.string() });
const schema = v.strictObject({
  format: v.literal(1),
  /** `result` null: begun, and never heard of again. */
  begun: v.array(v.strictObject({ id: v.string(), expires: v.number(), result: v.nullable(result) })),
});
type Begun = v.InferOutput<typeof schema>['begun'][number];

/** Each command runs at most once: its id is on disk before it begins. */
export function createCommandDesk(ports: CommandPorts): CommandDesk {
  const serial = createSerial();
  let begun: readonly Begun[] = [];

  const store = async (entry: Begun): Promise<void> => {
    const others = begun.filter((known) => known.id !== entry.id && known.expires > ports.trustedTime());
    begun = [...others, entry].slice(-mostRemembered);
    await writeStored(ports.path, { format: 1, begun });
  };
  const answerOf = async (command: Command): Promise<Omit<CommandResult, 'kind' | 'id'>> => {
    const known = begun.find((entry) => entry.id === command.id);
    if (known !== undefined)
      return known.result ?? { ok: false, code: 'interrupted', message: 'the agent ended while it ran' };
    if (command.expires <= ports.trustedTime())
      return { ok: false, code: 'timed-out', message: 'the command came after its end' };
    const { action } = command;
    if (action.kind === 'unknown')
      return { ok: false, code: 'unsupported', message: 'this agent does not know the command' };
    await store({ id: command.id, expires: command.expires, result: null });
    ports.logger.info('command', { id: command.id, issuer: command.issuer, action: action.kind });
    const ran = await run(ports, action);
    const outcome = ran.ok ? { ok: true, code: null, message: '' } : { ok: false, ...ran.error };
    await store({ id: command.id, expires: command.expires, result: outcome });
    return outcome;
  };

  return {
    async open() {
      begun = (await readStored(ports.path, schema))?.begun ?? [];
    },
    take: (command) =>
      serial(async () => {
        ports.answer({ kind: 'command-result', id: command.id, ...(await answerOf(command)) });
      }),
  };
}

async function run(ports: CommandPorts, action: KnownAction): Promise<Result<void, Failure>> {
  try {
    return await ports.run(action);
  } catch (thrown) {
    const { code, message } = FairleadError.from(thrown);
    return err({ code, message });
  }
}
