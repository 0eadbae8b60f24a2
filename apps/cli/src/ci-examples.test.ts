// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { appendFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { git, gitEnv, run, tempDir, workspaceRoot, type Ran } from '@fairlead/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { parse } from 'yaml';
import { newSignedFleet, program, type SignedFleet } from './fairlead.fixture.ts';

const example = join(workspaceRoot, 'fleet-example');
const curl = (await run('sh', ['-c', 'command -v curl'])).code === 0;
const change = {
  'running/clock.json':
    '{\n  "config": "running",\n  "jobs": [{ "job": "clock", "exec_cmd": "sleep", "exec_args": ["2000"] }]\n}\n',
};
const mistake = { 'running/clock.json': '{\n  "config": "running",\n  "jbos": []\n}\n' };

interface Forge {
  readonly url: string;
  /** What was asked of it beside the program: method, path, headers, body. */
  readonly requests: readonly { readonly head: string; readonly token: string; readonly body: string }[];
}

/** The part of a forge that the examples call: it serves the program, and takes notes. */
async function startForge(): Promise<Forge> {
  const requests: { head: string; token: string; body: string }[] = [];
  const answer = async (request: IncomingMessage): Promise<Buffer | string> => {
    if (request.url === '/fairlead.cjs') return readFile(program);
    const head = `${request.method ?? ''} ${request.url ?? ''}`;
    requests.push({ head, token: String(request.headers['private-token']), body: await text(request) });
    return '{}';
  };
  const server = createServer((request, response) => {
    void answer(request).then((body) => response.end(body));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
  });
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return { url: `http://127.0.0.1:${String(port)}`, requests };
}

const checksum = () => createHash('sha256').update(readFileSync(program)).digest('hex');

/** A change on a branch of its own, and a clone of the fleet as a forge makes it for a job: the whole history, no branch checked out. */
async function cloneOf(
  fleet: SignedFleet,
  files: Readonly<Record<string, string>>,
  merged: boolean,
): Promise<string> {
  await git(fleet.dir, 'checkout', '--quiet', '-b', 'change');
  const head = await fleet.commit(files, 'Change what runs');
  await git(fleet.dir, 'checkout', '--quiet', 'main');
  await fleet.commit({ 'README.md': 'Went on meanwhile.\n' });
  const clone = join(await tempDir('job'), 'fleet');
  await git(fleet.dir, 'clone', '--quiet', fleet.dir, clone);
  await git(clone, 'checkout', '--quiet', '--detach', merged ? 'origin/main' : head);
  if (merged) await git(clone, 'merge', '--quiet', '--no-ff', '--message', 'Merge', head);
  return clone;
}

interface Step {
  readonly name?: string;
  readonly uses?: string;
  readonly with?: Readonly<Record<string, unknown>>;
  readonly run?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs the steps of the workflow as a runner of GitHub does, up to the first that fails. Checkout and Node are there already. */
async function runOnGitHub(
  cwd: string,
  forge: Forge,
): Promise<{ readonly steps: ReadonlyMap<string, Ran>; readonly summary: string; readonly comment: string }> {
  const workflow = parse(readFileSync(join(example, '.github/workflows/fleet.yml'), 'utf8'));
  const temp = await tempDir('runner');
  const values: Readonly<Record<string, string>> = {
    'vars.FAIRLEAD_URL': `${forge.url}/fairlead.cjs`,
    'vars.FAIRLEAD_SHA256': checksum(),
    'github.token': 'ghs_token',
    'github.event.pull_request.number': '7',
  };
  const evaluate = (expression: string) =>
    expression.replace(
      /\$\{\{ (.*?) \}\}/g,
      (_, name: string) => values[name] ?? expect.fail(`what is ${name}?`),
    );
  // Stands for GitHub's own program: notes how it was called, and what it would post.
  await mkdir(join(temp, 'tools'));
  await writeFile(
    join(temp, 'tools/gh'),
    '#!/bin/sh\necho "$GH_TOKEN $*" >"$RUNNER_TEMP/gh"\nwhile [ "$1" != --body-file ]; do shift; done\ncat "$2" >>"$RUNNER_TEMP/gh"\n',
    { mode: 0o755 },
  );
  const files = {
    GITHUB_PATH: join(temp, 'path'),
    GITHUB_STEP_SUMMARY: join(temp, 'summary'),
    comment: join(temp, 'gh'),
  };
  for (const file of Object.values(files)) await appendFile(file, '');
  const steps = new Map<string, Ran>();
  for (const { name = '', uses, run: script, env = {} } of workflow.jobs.plan.steps as readonly Step[]) {
    if (uses !== undefined || script === undefined) continue;
    const added = (await readFile(files.GITHUB_PATH, 'utf8')).trim().split('\n');
    const ran = await run('bash', ['--noprofile', '--norc', '-eo', 'pipefail', '-c', script], {
      cwd,
      env: {
        ...gitEnv,
        ...files,
        ...Object.fromEntries(Object.entries(env).map(([key, value]) => [key, evaluate(value)])),
        CI: 'true',
        GITHUB_ACTIONS: 'true',
        GITHUB_BASE_REF: 'main',
        RUNNER_TEMP: temp,
        PATH: [...added, join(temp, 'tools'), process.env['PATH']].join(':'),
      },
    });
    steps.set(name, ran);
    if (ran.code !== 0) break;
  }
  return {
    steps,
    summary: await readFile(files.GITHUB_STEP_SUMMARY, 'utf8'),
    comment: await readFile(files.comment, 'utf8'),
  };
}

/** Runs the job as a runner of GitLab does: all lines in one shell, up to the first that fails. */
async function runOnGitLab(cwd: string, forge: Forge): Promise<Ran> {
  const { before_script, script } = parse(readFileSync(join(example, '.gitlab-ci.yml'), 'utf8')).plan;
  return run(
    'bash',
    ['--noprofile', '--norc', '-eo', 'pipefail', '-c', [...before_script, ...script].join('\n')],
    {
      cwd,
      env: {
        ...gitEnv,
        CI: 'true',
        CI_API_V4_URL: `${forge.url}/api/v4`,
        CI_PROJECT_ID: '12',
        CI_MERGE_REQUEST_IID: '7',
        CI_MERGE_REQUEST_TARGET_BRANCH_NAME: 'main',
        FAIRLEAD_URL: `${forge.url}/fairlead.cjs`,
        FAIRLEAD_SHA256: checksum(),
        FLEET_TOKEN: 'glpat-token',
        PATH: process.env['PATH'] ?? '',
      },
    },
  );
}

describe.skipIf(!curl)('when the workflow for GitHub runs', () => {
  it('clones the whole history', () => {
    const { jobs } = parse(readFileSync(join(example, '.github/workflows/fleet.yml'), 'utf8'));
    expect((jobs.plan.steps as readonly Step[])[0]?.with).toEqual({ 'fetch-depth': 0 });
  });

  it('checks the change, and shows what merging it would change in the summary and as a comment', async () => {
    const fleet = await newSignedFleet();
    const { steps, summary, comment } = await runOnGitHub(
      await cloneOf(fleet, change, true),
      await startForge(),
    );
    expect([...steps].map(([name, { code }]) => [name, code])).toEqual([
      ['Get fairlead', 0],
      ['Check every file', 0],
      ['Plan', 0],
      ['Comment', 0],
      ['Check the lock', 0],
    ]);
    expect(steps.get('Check every file')?.stdout).toContain('no errors');
    expect(summary).toMatch(/clock[^]*2 devices|2 devices[^]*clock/);
    const [call, ...body] = comment.split('\n');
    expect(call).toMatch(/^ghs_token pr comment 7 --edit-last --create-if-none --body-file /);
    expect(body.join('\n')).toBe(summary);
  });

  it('ends at a mistake, annotated at its line', async () => {
    const fleet = await newSignedFleet();
    const { steps } = await runOnGitHub(await cloneOf(fleet, mistake, true), await startForge());
    const { code, stdout } = [...steps.values()].at(-1)!;
    expect({ last: [...steps.keys()].at(-1), code }).toEqual({ last: 'Check every file', code: 1 });
    expect(stdout).toContain('::error file=running/clock.json,line=3,');
  });
});

describe.skipIf(!curl)('when the job for GitLab runs', () => {
  it('checks the change, and shows what merging it would change as a note and an artifact', async () => {
    const fleet = await newSignedFleet();
    const clone = await cloneOf(fleet, change, false);
    const forge = await startForge();
    const { code, stderr } = await runOnGitLab(clone, forge);
    expect({ code, stderr }).toMatchObject({ code: 0 });
    const plan = await readFile(join(clone, '.fairlead/plan.md'), 'utf8');
    expect(plan).toContain('clock');
    expect(
      forge.requests.map(({ body, ...rest }) => ({ ...rest, body: new URLSearchParams(body).get('body') })),
    ).toEqual([
      { head: 'POST /api/v4/projects/12/merge_requests/7/notes', token: 'glpat-token', body: plan },
    ]);
    expect(JSON.parse(await readFile(join(clone, '.fairlead/problems.json'), 'utf8'))).toEqual([]);
  });

  it('ends at a mistake, in its log and in the report', async () => {
    const fleet = await newSignedFleet();
    const clone = await cloneOf(fleet, mistake, false);
    const { code, stdout } = await runOnGitLab(clone, await startForge());
    expect(code).toBe(1);
    expect(stdout).toContain('  3 |   "jbos": []');
    const { plan } = parse(readFileSync(join(example, '.gitlab-ci.yml'), 'utf8'));
    expect(JSON.parse(await readFile(join(clone, plan.artifacts.reports.codequality), 'utf8'))).toMatchObject(
      [{ check_name: 'unknown-key', location: { path: 'running/clock.json', lines: { begin: 3 } } }],
    );
  });
});
