// SPDX-License-Identifier: Apache-2.0
import { FairleadError } from '@fairlead/base';
import {
  addKeyFiles,
  choiceFlag,
  defineCommand,
  durationFlag,
  exitCode,
  optionalText,
  requiredText,
  systemClock,
  textWithDefault,
} from '@fairlead/program';
import { signRoot, type RootContent } from '@fairlead/trust/sign';
import type { TrustedRoot } from '@fairlead/trust/verify';
import { newCa, newOperatorCertificate } from '../ca-rotation.ts';
import { readRoleSigners } from '../key-files.ts';
import { newRoleKeys } from '../role-rotation.ts';
import { lackOf, readRootFiles, rootPath, writeRootFile } from '../root-files.ts';

export const keysRotateCommand = defineCommand({
  name: 'keys rotate',
  summary:
    'Write the next root: with a new key in the place of the one that a key folder holds, or with keys added and removed.',
  examples: [
    'fairlead keys rotate --role timestamp --dir ~/fleet-keys --repo ~/fleet',
    'fairlead keys rotate --role root --add alice.pem.pub,bob.pem.pub --threshold 2 --dir ~/fleet-keys --repo ~/fleet',
    'fairlead keys rotate --role targets --add release.pem.pub --remove 3f2a99c1 --dir ~/fleet-keys --repo ~/fleet',
    'fairlead keys rotate --role ca --dir ~/fleet-keys --repo ~/fleet',
  ],
  flags: {
    role: {
      ...choiceFlag('--role <role>', 'whose keys', ['timestamp', 'snapshot', 'targets', 'root', 'ca']),
      absent: { kind: 'required' },
    },
    dir: requiredText('--dir <keys>', 'the key folder: new keys are put there, and its root keys sign'),
    repo: textWithDefault(
      '--repo <path>',
      'a work tree of the fleet; trust/root/<n>.json is written there',
      '.',
    ),
    add: optionalText('--add <files>', 'public keys to list, separated by commas; of CAs the certificates'),
    remove: optionalText('--remove <ids>', 'keys to list no more, separated by commas; see keys show'),
    threshold: optionalText('--threshold <n>', 'how many of the keys must sign; default: as before'),
    life: durationFlag('--life <duration>', 'how long the root is valid', '3650d'),
  },
  async run({ flags: { role, dir, repo, life, ...flags } }, context) {
    const files = await readRootFiles(repo);
    const newest = files.at(-1) ?? files[0];
    const before = files.at(-2);
    const unfinished = before === undefined ? undefined : lackOf(before, newest.bytes);
    if (unfinished !== undefined) {
      throw new FairleadError({
        code: 'root-invalid',
        message: `${newest.path} is not complete: ${unfinished}`,
        hint: `Let the other holders sign it first: fairlead keys sign ${newest.path} --key <file>`,
      });
    }
    const version = newest.root.version + 1;
    const change = {
      add: listOf(flags.add),
      remove: listOf(flags.remove),
      threshold: flags.threshold === undefined ? undefined : Number(flags.threshold),
    };
    const now = systemClock.now();
    const next =
      role === 'ca'
        ? await newCa({ dir, root: newest.root, ...change, expires: now + life, now })
        : await newRoleKeys({ dir, role, root: newest.root, ...change, expires: now + life });
    const newKeys = Object.keys(next.files);
    await addKeyFiles(dir, next.files);
    const path = rootPath(repo, version);
    const bytes = await signAsFarAsPossible(dir, newest.root, next.content);
    await writeRootFile(path, bytes);
    if (role === 'ca') await newOperatorCertificate(dir, next.content.ca, now);
    const lacks = lackOf(newest, bytes);
    await context.answer({
      json: {
        root: path,
        version,
        role,
        files: newKeys,
        complete: lacks === undefined,
        lacks: lacks ?? null,
      },
      text: nextSteps({ dir, path, newKeys, lacks }),
    });
    return exitCode.done;
  },
});

/** With every root key of the folder that this root or the one before lists; others may have to sign too. */
async function signAsFarAsPossible(
  dir: string,
  before: TrustedRoot,
  content: RootContent,
): Promise<Uint8Array> {
  const keys = [...before.roles.root.keys.map(({ publicKey }) => publicKey), ...content.roles.root.keys];
  const signers = await readRoleSigners(dir, 'root');
  return signRoot(
    content,
    signers.filter((signer) => keys.some((key) => Buffer.compare(key, signer.publicKey) === 0)),
  );
}

function listOf(text: string | undefined): readonly string[] {
  return text === undefined
    ? []
    : text.split(',').flatMap((part) => (part.trim() === '' ? [] : [part.trim()]));
}

function nextSteps({
  dir,
  path,
  newKeys,
  lacks,
}: {
  readonly dir: string;
  readonly path: string;
  readonly newKeys: readonly string[];
  readonly lacks: string | undefined;
}): string {
  return [
    `root   ${path}`,
    ...newKeys.map((name) => `new    ${name} in ${dir}`),
    '',
    ...(lacks === undefined
      ? []
      : [
          `Not enough have signed: ${lacks}.`,
          `Each of the others runs: fairlead keys sign ${path} --key <file>`,
        ]),
    ...(newKeys.length === 0
      ? []
      : [`If the server has another key folder, copy the new files there first.`]),
    `Commit ${path}: it takes effect with the revision of that commit.`,
  ].join('\n');
}
