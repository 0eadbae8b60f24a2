// SPDX-License-Identifier: Apache-2.0
import { auditFleet, parseCheckpointText, type Checkpoint, type FirstRoot } from '@fairlead/audit';
import { errnoOf, FairleadError, isDigest } from '@fairlead/base';
import { defineCommand, exitCode, optionalText, requiredText, textWithDefault } from '@fairlead/program';
import { readFile } from 'node:fs/promises';
import { auditText } from '../audit-text.ts';
import { coloursFor } from '../colours.ts';
import { required, requireRepository } from '../repository.ts';

export const auditVerifyCommand = defineCommand({
  name: 'audit verify',
  summary:
    'Verify the fleet log with nothing but a clone: compile every revision again, check every signature, record and receipt, and tell what ran when on each device. Ends with 1 if anything is wrong.',
  examples: [
    'git clone --mirror https://git.example.org/fleet.git fleet.git && fairlead audit verify --repo fleet.git --root root.json',
    "git -C fleet fetch origin '+refs/fairlead/*:refs/fairlead/*' && fairlead audit verify --repo fleet --root sha256:<fleet id>",
    'fairlead audit verify --repo fleet.git --root root.json --output json --out today.json --since yesterday.json',
  ],
  flags: {
    repo: textWithDefault(
      '--repo <dir>',
      'a clone of the fleet repository that has refs/fairlead/* too: git clone --mirror',
      '.',
    ),
    branch: textWithDefault('--branch <name>', 'the branch whose log it is', 'main'),
    root: requiredText(
      '--root <file|fleet id>',
      'what you trust from the start: root version 1 as a file, or its digest sha256:…',
    ),
    log: optionalText('--log <dir>', 'a clone of the repository that holds receipts or the whole log'),
    since: optionalText(
      '--since <checkpoint>',
      'how far an earlier audit came: its JSON answer or the checkpoint in it, as a file or as text',
    ),
  },
  async run({ flags }, context) {
    const since = flags.since === undefined ? undefined : await readCheckpoint(flags.since);
    const root = await readRoot(flags.root);
    const repository = await requireRepository(flags.repo);
    const log = flags.log === undefined ? undefined : await requireRepository(flags.log);
    const { branch } = flags;
    const report = required(
      await auditFleet({ repository, log, branch, root, since, signal: context.signal }),
    );
    await context.answer({ json: report, text: auditText(report, coloursFor(context.terminal)) });
    return report.ok ? exitCode.done : exitCode.no;
  },
});

async function readRoot(given: string): Promise<FirstRoot> {
  if (isDigest(given)) return { kind: 'fleet', fleet: given };
  return { kind: 'bytes', bytes: await readGiven('--root', given) };
}

async function readCheckpoint(given: string): Promise<Checkpoint> {
  const text = given.trimStart().startsWith('{')
    ? given
    : (await readGiven('--since', given)).toString('utf8');
  const checkpoint = parseCheckpointText(text);
  if (checkpoint.ok) return checkpoint.value;
  throw new FairleadError({ code: 'misuse', message: `--since: ${checkpoint.error}` });
}

async function readGiven(flag: string, path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (thrown) {
    const message = `${flag}: ${path} cannot be read: ${errnoOf(thrown) ?? String(thrown)}`;
    throw new FairleadError({ code: 'misuse', message });
  }
}
