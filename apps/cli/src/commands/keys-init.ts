// SPDX-License-Identifier: Apache-2.0
import { errnoOf, FairleadError } from '@fairlead/base';
import {
  defineCommand,
  exitCode,
  optionalText,
  requiredText,
  systemClock,
  textWithDefault,
  writeKeyFolder,
} from '@fairlead/program';
import { mkdir, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createDevelopmentKeys } from '../development-keys.ts';
import { requireWorkTree, rootPath } from '../root-files.ts';
import { parseServerNames } from '../server-names.ts';

export const keysInitCommand = defineCommand({
  name: 'keys init',
  summary:
    'Make the keys of a new fleet in a folder that only you can open. Never overwrites, never prints a key.',
  examples: [
    'fairlead keys init --dir ~/fleet-keys --repo ~/fleet',
    'fairlead keys init --dir /etc/fairlead/keys --server-names fleet.example.org',
  ],
  flags: {
    dir: requiredText('--dir <keys>', 'the new key folder'),
    repo: optionalText('--repo <path>', 'write trust/root/1.json into this work tree, for the next commit'),
    operator: textWithDefault('--operator <name>', 'name in the first operator certificate', 'operator'),
    serverNames: textWithDefault(
      '--server-names <list>',
      "DNS names and addresses in the server's certificate",
      'localhost,127.0.0.1,::1',
    ),
  },
  async run({ flags: { dir, repo, operator, serverNames } }, context) {
    if (!/^[a-z0-9]([a-z0-9._-]{0,62}[a-z0-9])?$/.test(operator)) {
      throw new FairleadError({
        code: 'misuse',
        message: `--operator: '${operator}' is no name`,
        hint: 'Use a-z, 0-9, dots and dashes.',
      });
    }
    const names = parseServerNames(serverNames);
    const root = repo === undefined ? null : await newRootPath(repo);
    const keys = await createDevelopmentKeys({ now: systemClock.now(), operator, serverNames: names });
    await writeKeyFolder(dir, keys.files);
    if (root !== null) await writeRoot(root, keys.firstRoot);
    await context.answer({ json: { dir, fleet: keys.fleet, root }, text: nextSteps(dir, keys.fleet, root) });
    return exitCode.done;
  },
});

/** Where the first root belongs; refused before any key is made if it cannot be put there. */
async function newRootPath(repo: string): Promise<string> {
  const path = rootPath(repo, 1);
  await requireWorkTree(repo);
  const there = await stat(path).catch((thrown: unknown) => {
    if (errnoOf(thrown) === 'ENOENT') return undefined;
    throw FairleadError.from(thrown, 'storage-failed');
  });
  if (there === undefined) return path;
  throw new FairleadError({
    code: 'keys-exist',
    message: `${path} exists already`,
    hint: 'This fleet has keys; its first root never changes.',
  });
}

async function writeRoot(path: string, bytes: Uint8Array): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, bytes, { flag: 'wx' });
}

function nextSteps(dir: string, fleet: string, root: string | null): string {
  return [
    `fleet  ${fleet}`,
    `keys   ${dir}`,
    `root   ${root ?? join(dir, 'root.json')}`,
    '',
    root === null
      ? `Copy ${join(dir, 'root.json')} to trust/root/1.json of the fleet repository and commit it.`
      : `Commit ${root}.`,
    'Move root.pem to a place that no server reaches.',
  ].join('\n');
}
