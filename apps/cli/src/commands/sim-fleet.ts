// SPDX-License-Identifier: Apache-2.0
import { errnoOf, FairleadError } from '@fairlead/base';
import {
  defineCommand,
  exitCode,
  requiredText,
  systemClock,
  textWithDefault,
  writeKeyFolder,
} from '@fairlead/program';
import { generatedFleet } from '@fairlead/simulator';
import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { createDevelopmentKeys } from '../development-keys.ts';
import { parseServerNames } from '../server-names.ts';
import { countFlag } from '../sim/number-flags.ts';

export const simFleetCommand = defineCommand({
  name: 'sim fleet',
  summary: 'Make a fleet for the simulator in a new folder: keys, and a repository with one commit.',
  examples: [
    'fairlead sim fleet --devices 5000 --dir big',
    'fairlead sim fleet --dir small --devices 10 --output json',
  ],
  flags: {
    devices: countFlag('--devices <n>', 'devices of the fleet, in groups of 1,000', 1_000),
    dir: requiredText('--dir <folder>', 'the new folder; gets keys/ and repo/'),
    serverNames: textWithDefault(
      '--server-names <list>',
      "DNS names and addresses in the server's certificate",
      'localhost,127.0.0.1,::1',
    ),
  },
  async run({ flags: { devices, dir, serverNames } }, context) {
    const [keys, repo] = [join(dir, 'keys'), join(dir, 'repo')];
    await makeNew(dir);
    const made = await createDevelopmentKeys({
      now: systemClock.now(),
      operator: 'operator',
      serverNames: parseServerNames(serverNames),
    });
    await writeKeyFolder(keys, made.files);
    const files = Object.entries(generatedFleet(devices, 'first')).map(
      ([path, value]) => [path, `${JSON.stringify(value, null, 2)}\n`] as const,
    );
    for (const [path, content] of [...files, ['trust/root/1.json', made.firstRoot] as const]) {
      await mkdir(dirname(join(repo, path)), { recursive: true });
      await writeFile(join(repo, path), content);
    }
    await commitAll(repo, `A fleet of ${String(devices)} simulated devices`);
    await context.answer({
      json: { dir, repo, keys, devices, fleet: made.fleet },
      text: nextSteps(dir, devices),
    });
    return exitCode.done;
  },
});

async function makeNew(dir: string): Promise<void> {
  try {
    await mkdir(dirname(dir), { recursive: true });
    await mkdir(dir, { mode: 0o700 });
  } catch (cause) {
    if (errnoOf(cause) !== 'EEXIST') throw FairleadError.from(cause, 'storage-failed');
    const hint = 'Choose another folder.';
    throw new FairleadError({ code: 'misuse', message: `--dir: ${dir} exists already`, hint, cause });
  }
}

async function commitAll(repo: string, message: string): Promise<void> {
  const git = promisify(execFile);
  const who = [
    '-c',
    'user.name=Fairlead simulator',
    '-c',
    'user.email=simulator@localhost',
    '-c',
    'commit.gpgsign=false',
  ];
  try {
    await git('git', ['init', '--quiet', '--initial-branch=main', repo]);
    await git('git', ['-C', repo, 'add', '--all']);
    await git('git', ['-C', repo, ...who, 'commit', '--quiet', '--message', message]);
  } catch (cause) {
    throw new FairleadError({
      code: 'repository-unsupported',
      message: 'the repository could not be made',
      hint: 'This command needs git 2.28 or newer.',
      cause,
    });
  }
}

function nextSteps(dir: string, devices: number): string {
  const [repo, keys] = [join(dir, 'repo'), join(dir, 'keys')];
  return [
    `${String(devices)} devices in ${repo}, keys in ${keys}. Now, in two terminals:`,
    '',
    `fairlead-server --repo ${repo} --keys ${keys} --data ${join(dir, 'data')} --grpc 127.0.0.1:8443`,
    `fairlead sim --repo ${repo} --keys ${keys} --server 127.0.0.1:8443`,
    '',
    `Change what runs in ${join(repo, 'running')}, commit, and see how long it takes.`,
  ].join('\n');
}
