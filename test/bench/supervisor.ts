// SPDX-License-Identifier: Apache-2.0
// Debian's supervisor with the same programs as the agent.
import { execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { script, type MarkedJob } from './job-marks.ts';

const exec = promisify(execFile);

export interface Supervisor {
  readonly pid: number;
  /** Writes its configuration anew and has it taken up. */
  update(jobs: readonly MarkedJob[]): Promise<void>;
  end(): Promise<void>;
}

/** Its version; undefined: not installed. */
export function supervisorVersion(): string | undefined {
  const asked = spawnSync('supervisord', ['--version'], { encoding: 'utf8' });
  return asked.error === undefined ? asked.stdout.trim() : undefined;
}

export async function startSupervisor(
  dir: string,
  marks: string,
  jobs: readonly MarkedJob[],
): Promise<Supervisor> {
  const path = join(dir, 'supervisord.conf');
  await mkdir(join(dir, 'logs'), { recursive: true });
  const write = (wanted: readonly MarkedJob[]): Promise<void> =>
    writeFile(path, [...head(dir), ...wanted.flatMap((job) => program(job, marks))].join('\n'));
  await write(jobs);
  const child = spawn('supervisord', ['-n', '-c', path], { stdio: 'ignore' });
  return {
    pid: child.pid ?? 0,
    async update(wanted) {
      await write(wanted);
      await exec('supervisorctl', ['-c', path, 'update']);
    },
    async end() {
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
    },
  };
}

const head = (dir: string): readonly string[] => [
  '[supervisord]',
  `directory=${dir}`,
  `childlogdir=${join(dir, 'logs')}`,
  `logfile=${join(dir, 'supervisord.log')}`,
  `pidfile=${join(dir, 'supervisord.pid')}`,
  '[unix_http_server]',
  `file=${join(dir, 'sock')}`,
  '[rpcinterface:supervisor]',
  'supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface',
  '[supervisorctl]',
  `serverurl=unix://${join(dir, 'sock')}`,
];

const program = ({ name, word }: MarkedJob, marks: string): readonly string[] => [
  `[program:${name}]`,
  `command=sh -c '${script}'`,
  `environment=NAME="${name}",MARKS="${marks}",WORD="${word}"`,
  'autorestart=true',
];
