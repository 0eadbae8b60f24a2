// SPDX-License-Identifier: Apache-2.0
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import {
  chmod,
  copyFile,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  rmdir,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDigest, type Digest } from '@fairlead/base';
import { htpasswd } from './registry.ts';
import { runOk } from './run.ts';
import { waitFor } from './wait-for.ts';

export type EngineName = 'docker' | 'podman';

/** An image that was pushed, as a target state names it. */
export interface EngineImage {
  readonly reference: string;
  readonly digest: Digest;
  readonly size: number;
}

/** A real container engine with registries that it alone sees, in namespaces of their own: it meets nothing of this machine. */
export interface ContainerEngine {
  readonly name: EngineName;
  readonly socket: string;
  /** Pushes an image of busybox with this command; `locked`: into the registry that asks for `registryLogin`. */
  push(name: string, command: readonly string[], where?: 'open' | 'locked'): Promise<EngineImage>;
  /** Asks the engine's API directly, as somebody else on the device would. Throws what it refuses. */
  ask(method: string, path: string, body?: unknown): Promise<unknown>;
  /** Ends a registry, or the engine with `kill -9`: it comes back after `meanwhile`. */
  killEngine(meanwhile?: () => Promise<void>): Promise<void>;
  /** Damages a file of the registry's store whose path ends so. */
  registryFiles(): string;
  close(): Promise<void>;
}

const tools = ['dockerd', 'podman', 'docker-registry', 'skopeo', 'umoci', 'unshare', 'nsenter'];

/** Whether both engines can be run here: that needs root, and the packages. */
export function canRunEngines(): boolean {
  const folders = ['/usr/bin', '/usr/sbin', '/bin', '/sbin'];
  const has = (tool: string): boolean => folders.some((folder) => existsSync(join(folder, tool)));
  return process.getuid?.() === 0 && existsSync('/bin/busybox') && tools.every(has);
}

const ports = { open: 5055, locked: 5056 } as const;
const applets = [
  'sh',
  'sleep',
  'echo',
  'cat',
  'env',
  'true',
  'false',
  'id',
  'mount',
  'touch',
  'ls',
  'seq',
  'dd',
  'tail',
  'stat',
];

export async function startContainerEngine(name: EngineName): Promise<ContainerEngine> {
  const dir = await mkdtemp(join(tmpdir(), `fairlead-${name}-`));
  await chmod(dir, 0o755);
  await writeSettings(dir);
  const script = join(import.meta.dirname, 'container-engine.sh');
  const namespaces = ['-n', '-m', '-p', '--fork', '--mount-proc', '--kill-child', '--propagation', 'private'];
  const child = spawn('unshare', [...namespaces, 'bash', script, name, dir], {
    stdio: 'ignore',
    env: {
      ...process.env,
      CONTAINERS_CONF: join(dir, 'containers.conf'),
      CONTAINERS_STORAGE_CONF: join(dir, 'storage.conf'),
      CONTAINERS_REGISTRIES_CONF: join(dir, 'registries.conf'),
    },
  });
  const over = new Promise<void>((resolve) =>
    child.once('close', () => {
      resolve();
    }),
  );
  const socket = join(dir, 'engine.sock');
  const ask = (method: string, path: string, body?: unknown) => askSocket(socket, method, path, body);
  const isThere = (): Promise<boolean> =>
    ask('GET', '/_ping').then(
      () => true,
      () => false,
    );
  const inside = async (program: string, ...args: readonly string[]): Promise<string> => {
    const pid = (
      await readFile(`/proc/${String(child.pid)}/task/${String(child.pid)}/children`, 'utf8')
    ).trim();
    return runOk('nsenter', ['-t', pid, '-n', '-m', '-p', program, ...args]);
  };
  const whenThere = (): Promise<true> =>
    waitFor(async () => ((await isThere()) ? true : undefined), { what: name });
  await waitFor(
    () => [...Object.keys(ports)].every((which) => existsSync(join(dir, `${which}.log`))) || undefined,
    {
      what: 'the registries',
    },
  );
  await whenThere();
  await makeLayout(dir);
  let pushed = 0;
  return {
    name,
    socket,
    ask,
    async push(image, command, where = 'open') {
      pushed += 1;
      const tag = String(pushed);
      const layout = `oci:${tag}`;
      const cwd = { cwd: dir };
      await runOk('umoci', ['tag', '--image', 'oci:base', tag], cwd);
      const words = command.flatMap((word) => ['--config.cmd', word]);
      await runOk('umoci', ['config', '--image', layout, ...words], cwd);
      const reference = `127.0.0.1:${String(ports[where])}/${image}:${tag}`;
      const login = where === 'open' ? [] : ['--dest-creds', htpasswd.login];
      const from = `oci:${join(dir, layout)}`;
      const digestFile = join(dir, `${tag}.digest`);
      const flags = ['--dest-tls-verify=false', ...login, '--digestfile', digestFile];
      await inside('skopeo', 'copy', '-q', ...flags, from, `docker://${reference}`);
      const digest = (await readFile(digestFile, 'utf8')).trim();
      if (!isDigest(digest)) throw new Error(`skopeo says ${digest}`);
      return { reference, digest, size: 2 ** 21 };
    },
    async killEngine(meanwhile = async () => undefined) {
      await writeFile(join(dir, 'hold'), '');
      await inside('kill', '-9', (await readFile(join(dir, 'engine.pid'), 'utf8')).trim());
      await waitFor(async () => ((await isThere()) ? undefined : true), { what: `${name} to be gone` });
      await meanwhile();
      await rm(join(dir, 'hold'));
      await whenThere();
    },
    registryFiles: () => join(dir, 'registry'),
    async close() {
      const all = await ask('GET', '/containers/json?all=1').catch(() => []);
      // In its own order: so the engine takes its control groups away too.
      for (const { Id } of all as readonly { readonly Id: string }[])
        await ask('DELETE', `/containers/${Id}?force=1&v=1`).catch(() => undefined);
      child.kill('SIGKILL');
      await over;
      await rm(dir, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
      await removeGroups();
    },
  };
}

async function writeSettings(dir: string): Promise<void> {
  const at = (file: string): string => join(dir, file);
  const registry = (which: keyof typeof ports): object => ({
    version: 0.1,
    log: { level: 'warn' },
    storage: { filesystem: { rootdirectory: at('registry') }, delete: { enabled: true } },
    http: { addr: `127.0.0.1:${String(ports[which])}` },
    ...(which === 'locked' && { auth: { htpasswd: { realm: 'test', path: at('htpasswd') } } }),
  });
  const files = {
    'open.json': JSON.stringify(registry('open')),
    'locked.json': JSON.stringify(registry('locked')),
    htpasswd: htpasswd.file,
    'daemon.json': JSON.stringify({
      'data-root': at('docker'),
      'exec-root': at('exec'),
      pidfile: at('docker.pid'),
      hosts: [`unix://${at('engine.sock')}`],
      'insecure-registries': ['127.0.0.0/8'],
      'exec-opts': ['native.cgroupdriver=cgroupfs'],
      'live-restore': true,
      'cgroup-parent': group,
      'log-level': 'warn',
    }),
    // No limit may be raised on such a machine; podman's own defaults would.
    'containers.conf': [
      '[containers]',
      'default_ulimits=["nofile=16384:16384","nproc=16384:16384"]',
      'log_driver="k8s-file"',
      '[network]',
      'network_backend="netavark"',
      `network_config_dir="${at('networks')}"`,
      '[engine]',
      'cgroup_manager="cgroupfs"',
      'events_logger="file"',
      'runtime="runc"',
      `tmp_dir="${at('tmp')}"`,
    ].join('\n'),
    'storage.conf': `[storage]\ndriver="overlay"\ngraphroot="${at('root')}"\nrunroot="${at('runroot')}"\n`,
    'registries.conf': Object.values(ports)
      .map((port) => `[[registry]]\nlocation="127.0.0.1:${String(port)}"\ninsecure=true\n`)
      .join(''),
  };
  for (const [file, content] of Object.entries(files)) await writeFile(at(file), content);
}

const group = '/fairlead-test';

/** An image of busybox, without any engine. */
async function makeLayout(dir: string): Promise<void> {
  const bin = join(dir, 'rootfs', 'bin');
  await mkdir(bin, { recursive: true });
  for (const folder of ['tmp', 'etc', 'data']) await mkdir(join(dir, 'rootfs', folder), { recursive: true });
  await copyFile('/bin/busybox', join(bin, 'busybox'));
  for (const applet of applets) await symlink('busybox', join(bin, applet));
  const steps = [
    ['init', '--layout', 'oci'],
    ['new', '--image', 'oci:base'],
    ['insert', '--image', 'oci:base', 'rootfs', '/'],
    ['config', '--image', 'oci:base', '--config.env', 'OF_IMAGE=yes', '--config.env', 'PATH=/bin'],
  ];
  for (const step of steps) await runOk('umoci', step, { cwd: dir });
}

/** The parents that are left empty; one that another run uses stays. */
async function removeGroups(): Promise<void> {
  const root = '/sys/fs/cgroup';
  for (const controller of await readdir(root)) {
    await rmdir(join(root, controller, group)).catch(() => undefined);
    await rmdir(join(root, controller, 'libpod_parent')).catch(() => undefined);
  }
}

function askSocket(socketPath: string, method: string, path: string, body?: unknown): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const headers = { host: 'engine', 'content-type': 'application/json' };
    const sent = request({ socketPath, method, path, headers }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => (text += part));
      response.on('end', () => {
        if ((response.statusCode ?? 500) >= 400) reject(new Error(`${method} ${path}: ${text}`));
        else resolve(text.startsWith('{') || text.startsWith('[') ? JSON.parse(text) : text);
      });
    });
    sent.on('error', reject);
    sent.end(body === undefined ? undefined : JSON.stringify(body));
  });
}
