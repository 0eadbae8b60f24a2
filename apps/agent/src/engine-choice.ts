// SPDX-License-Identifier: Apache-2.0
import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { access, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { replaceFile } from '@fairlead/artifacts';
import { err, errnoOf, ok } from '@fairlead/base';
import type { Flag } from '@fairlead/program';
import * as v from 'valibot';

/** Where docker, podman and balena-engine listen, in the order in which they are looked for. */
const usualSockets = ['/var/run/docker.sock', '/run/podman/podman.sock', '/var/run/balena-engine.sock'];

/** A socket; `none`: no containers are run; absent: the engine is looked for. */
export const engineFlag: Flag<string | undefined> = {
  flags: '--engine <socket|none>',
  description: 'socket of the container engine (default: the first found of docker, podman, balena-engine)',
  parse: (text) =>
    text === 'none' || text.startsWith('/') ? ok(text) : err("neither an absolute path nor 'none'"),
  absent: { kind: 'default', value: undefined, shown: undefined },
};

export interface EngineChoice {
  readonly socket: string;
  /** Tells the containers of this agent from those of others on the same engine. */
  readonly owner: string;
}

/**
 * The engine that runs the containers of this device; null: none. One that was found before is kept to, also while it is not there:
 * it may only be slower to start than the agent.
 */
export async function chooseEngine(
  dir: string,
  asked: string | undefined,
  usual: readonly string[] = usualSockets,
): Promise<EngineChoice | null> {
  if (asked === 'none') return null;
  const known = await knownEngine(dir);
  const candidates = known === null ? usual : [known.socket, ...usual];
  const socket = asked ?? (await firstUsable(candidates)) ?? known?.socket;
  if (socket === undefined || socket === known?.socket) return known;
  // Its containers stay its own, whatever engine it is told of next.
  const choice = { socket, owner: known?.owner ?? randomUUID() };
  await replaceFile(choiceFile(dir), JSON.stringify(choice));
  return choice;
}

/** The engine that was chosen last; null: there was none yet. */
export async function knownEngine(dir: string): Promise<EngineChoice | null> {
  try {
    return v.parse(choiceForm, JSON.parse(await readFile(choiceFile(dir), 'utf8')));
  } catch (thrown) {
    if (errnoOf(thrown) === 'ENOENT') return null;
    throw thrown;
  }
}

const choiceForm = v.object({ socket: v.string(), owner: v.string() });

function choiceFile(dir: string): string {
  return join(dir, 'engine.json');
}

async function firstUsable(sockets: readonly string[]): Promise<string | undefined> {
  for (const socket of sockets) {
    const usable = await access(socket, constants.R_OK | constants.W_OK).then(
      () => true,
      () => false,
    );
    if (usable) return socket;
  }
  return undefined;
}
