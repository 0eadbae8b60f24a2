// SPDX-License-Identifier: Apache-2.0
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { copyFleet } from '../copy.ts';
import { buildImages } from '../images.ts';
import { serveImages } from '../serve-images.ts';
import { fieldsOf } from './fields.ts';
import { startProgram, type ProgramProcess, type StartOptions } from './process.ts';
import { askProgram } from './programs.ts';
import { commitAll, initRepository, type Commit } from './repository.ts';
import { devicesFolder, endAll, repositoryFolder, takeDown } from './run-folder.ts';

export interface DemoDevice {
  readonly id: string;
  readonly name: string;
}

export interface DemoServer {
  readonly process: ProgramProcess;
  /** Addresses as bound. */
  readonly grpc: string;
  readonly http: string;
}

export interface DemoFleetOptions {
  /** Everything lies in this folder, which exists; give its real path. */
  readonly dir: string;
  /** Where the fleet's repository is made. Default: `fleet` in `dir`. */
  readonly repo?: string;
  /** Where servers listen, and the name that their certificate bears. Default: 127.0.0.1. */
  readonly host?: string;
}

export type ProgramFlags = Partial<Pick<StartOptions, 'env' | 'file' | 'within'>> & {
  readonly flags?: readonly string[];
};

export interface ServerFlags extends ProgramFlags {
  /** Replicas have names, and by these each its own data folder, addresses and log. Default: `server`. */
  readonly name?: string;
}

/**
 * The example as a fleet on this machine: its repository, keys, image host, and a server and agents as processes. Nothing is committed
 * and no program is started until it is asked for.
 */
export interface DemoFleet {
  readonly dir: string;
  readonly repo: string;
  readonly keys: string;
  /** Folder of the operator's certificate. */
  readonly operator: string;
  /** Where the images are served. */
  readonly images: string;
  readonly devices: readonly DemoDevice[];
  stateOf(device: DemoDevice): string;
  logOf(program: string): string;
  /** Commits whatever has changed in the repository's folder. */
  commit(message: string): Promise<Commit>;
  /** Resolves when it listens. Started again, it takes the address that it had, so that agents find it. */
  startServer(options?: ServerFlags): Promise<DemoServer>;
  /**
   * With the token that admits it, each time: an agent that ended before it was taken in needs it again. Resolves when the process is
   * started, which may be long before it is ready.
   */
  startAgent(device: DemoDevice, server: DemoServer, options?: ProgramFlags): Promise<ProgramProcess>;
  /** Ends server, agents, all that they run, and the image host. The files stay. */
  stop(): Promise<void>;
}

export async function createDemoFleet({
  dir,
  repo = join(dir, repositoryFolder),
  host = '127.0.0.1',
}: DemoFleetOptions): Promise<DemoFleet> {
  const keys = join(dir, 'keys');
  for (const name of ['images', 'logs', devicesFolder])
    await mkdir(join(dir, name), { recursive: true, mode: 0o700 });
  await buildImages(join(dir, 'images'));
  const images = await serveImages(join(dir, 'images'));
  try {
    await copyFleet({ to: repo, imageHost: images.url });
    await initRepository(repo);
    const names = host === '127.0.0.1' ? [] : ['--server-names', host];
    await askProgram('cli', ['keys', 'init', '--dir', keys, '--repo', repo, ...names]);
  } catch (thrown) {
    await images.close();
    throw thrown;
  }
  const devices = await readDevices(repo);
  const tokens = new Map<string, Promise<string>>();
  const tokenOf = (device: DemoDevice): Promise<string> => {
    const file = tokens.get(device.id) ?? createToken(device, dir, keys);
    tokens.set(device.id, file);
    return file;
  };
  const started: ProgramProcess[] = [];
  const logOf = (program: string): string => join(dir, 'logs', `${program}.log`);
  const stateOf = ({ name }: DemoDevice): string => join(dir, devicesFolder, name);
  const addresses = new Map<string, Omit<DemoServer, 'process'>>();

  return {
    dir,
    repo,
    keys,
    operator: join(keys, 'operator'),
    images: images.url,
    devices,
    stateOf,
    logOf,
    commit: (message) => commitAll(repo, message),
    async startServer({ name = 'server', flags = [], ...options } = {}) {
      const places = ['--repo', repo, '--keys', keys, '--data', join(dir, name)];
      const { grpc, http } = addresses.get(name) ?? { grpc: `${host}:0`, http: `${host}:0` };
      const listen = ['--grpc', grpc, '--http', http];
      const process = startProgram('server', [...places, ...listen, ...flags], {
        cwd: dir,
        log: logOf(name),
        ...options,
      });
      started.push(process);
      const ready = await process.ready;
      const bound = { grpc: String(ready['grpc']), http: String(ready['http']) };
      addresses.set(name, bound);
      return { process, ...bound };
    },
    async startAgent(device, server, { flags = [], ...options } = {}) {
      const token = await tokenOf(device);
      const own = ['--state', stateOf(device), '--server', server.grpc, '--token-file', token];
      const process = startProgram('agent', [...own, ...flags], {
        cwd: dir,
        log: logOf(device.name),
        ...options,
      });
      started.push(process);
      return process;
    },
    async stop() {
      await takeDown(dir);
      const orderly = Promise.all(started.map((process) => process.end('SIGTERM')));
      await Promise.race([orderly, sleep(10_000, undefined, { ref: false })]);
      await endAll(dir);
      await images.close();
    },
  };
}

/** A new token in a file of its own: it never stands in a process list. */
async function createToken({ id, name }: DemoDevice, dir: string, keys: string): Promise<string> {
  const answer = await askProgram('cli', ['enroll', 'token', 'create', '--device', id, '--keys', keys]);
  const file = join(dir, `${name}.token`);
  await writeFile(file, String(fieldsOf(answer)['token']), { mode: 0o600 });
  return file;
}

async function readDevices(repo: string): Promise<readonly DemoDevice[]> {
  const entries = Object.entries(fieldsOf(JSON.parse(await readFile(join(repo, 'devices.json'), 'utf8'))));
  return entries
    .filter(([key]) => !key.startsWith('$'))
    .map(([id, device]) => ({ id, name: String(fieldsOf(device)['name']) }));
}
