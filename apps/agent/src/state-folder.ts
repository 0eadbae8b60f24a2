// SPDX-License-Identifier: Apache-2.0
import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';

/**
 * Where an agent keeps what it must not forget. Jobs of other users look into `jobs`, so the folder itself may be passed through;
 * what is secret has folders of its own.
 */
export interface StateFolder {
  readonly root: string;
  /** The folder of the local socket; 0700. */
  readonly local: string;
  readonly socket: string;
  /** Who must not be disturbed. */
  readonly busy: string;
  /** Identity, trust, receipts; 0700. */
  readonly link: string;
  /** Journal and target states; 0700. */
  readonly engine: string;
  readonly journal: string;
  /** 0700. */
  readonly artifacts: string;
  /** 0700. */
  readonly secrets: string;
  readonly jobs: string;
  /** Which engine runs the containers, and which were started; 0700. */
  readonly containers: string;
  /** What runs; worth nothing after a reboot. */
  readonly runs: string;
  readonly logs: string;
  /** What the agent itself logs, as units' output is kept; 0700. */
  readonly ownLog: string;
}

export function stateFolder(path: string): StateFolder {
  const root = resolve(path);
  const local = join(root, 'local');
  const engine = join(root, 'engine');
  return {
    root,
    local,
    socket: join(local, 'agent.sock'),
    busy: join(engine, 'busy.json'),
    link: join(root, 'link'),
    engine,
    journal: join(engine, 'journal'),
    artifacts: join(root, 'artifacts'),
    secrets: join(root, 'secrets'),
    jobs: join(root, 'jobs'),
    containers: join(root, 'containers'),
    runs: join(root, 'runs'),
    logs: join(root, 'logs'),
    ownLog: join(root, 'agent-log'),
  };
}

export async function makeStateFolder(folder: StateFolder): Promise<void> {
  await mkdir(folder.root, { recursive: true, mode: 0o755 });
  const own = [folder.local, folder.link, folder.engine, folder.artifacts, folder.secrets, folder.containers];
  for (const secret of own) await mkdir(secret, { recursive: true, mode: 0o700 });
  for (const open of [folder.jobs, folder.runs, folder.logs])
    await mkdir(open, { recursive: true, mode: 0o755 });
}
