// SPDX-License-Identifier: Apache-2.0
import { FairleadError } from '@fairlead/base';
import { adoptAbove, adoptFrom, type Adoption } from '@fairlead/log';
import {
  defineCommand,
  exitCode,
  optionalText,
  requiredText,
  systemClock,
  textWithDefault,
} from '@fairlead/program';
import { userInfo } from 'node:os';
import { readLogKeys } from '../log-keys.ts';
import { required, requireRepository } from '../repository.ts';

/** TUF versions stay far below what the protocol carries (2^32): none that a device holds can pass for the last of all. */
const highestVersion = 1_000_000_000;

export const logAdoptCommand = defineCommand({
  name: 'log adopt',
  summary:
    'Say how a fleet log that was cut, restored or forged goes on: with the records of a clone, or above what devices hold.',
  examples: [
    'fairlead log adopt --from ~/fleet-mirror.git --repo /srv/fleet.git --keys /etc/fairlead/keys',
    'fairlead log adopt --above 41 --repo /srv/fleet.git --keys /etc/fairlead/keys',
  ],
  args: '[clone]',
  flags: {
    repo: textWithDefault('--repo <path>', 'the repository that holds the log', '.'),
    branch: textWithDefault('--branch <name>', 'the branch whose log it is', 'main'),
    keys: requiredText('--keys <dir>', 'the key folder: its snapshot key signs the record'),
    from: optionalText('--from <clone>', 'a clone with refs/fairlead/* that has what is missing'),
    above: optionalText(
      '--above <version>',
      'where no clone has it: sign above this version, the newest that devices hold',
    ),
    log: optionalText('--log <path>', 'the repository of the receipts, where they have one of their own'),
    by: optionalText('--by <name>', 'who says so, for the record; default: the user of this machine'),
  },
  async run({ flags, args: [named] }, context) {
    const way = parseWay(flags.from ?? named, flags.above);
    const repository = await requireRepository(flags.repo);
    const { signer, trusted } = await readLogKeys(flags.keys, repository, flags.branch);
    const options = {
      repository,
      receipts: flags.log === undefined ? undefined : await requireRepository(flags.log),
      branch: flags.branch,
      signer,
      trusted: () => trusted,
      clock: systemClock,
      by: flags.by ?? userInfo().username,
    };
    const adopted =
      way.kind === 'above'
        ? await adoptAbove(options, way.version)
        : await adoptFrom(options, await requireRepository(way.clone));
    const adoption = required(adopted);
    const { record, commit, dropped, receipts } = adoption;
    await context.answer({ json: { commit, dropped, receipts, ...record }, text: textOf(adoption) });
    return exitCode.done;
  },
});

type Way =
  { readonly kind: 'clone'; readonly clone: string } | { readonly kind: 'above'; readonly version: number };

function parseWay(clone: string | undefined, above: string | undefined): Way {
  if (clone !== undefined && above === undefined) return { kind: 'clone', clone };
  const version = Number(above);
  if (clone === undefined && /^[1-9]\d*$/.test(above ?? '') && version <= highestVersion)
    return { kind: 'above', version };
  throw new FairleadError({
    code: 'misuse',
    message: 'say either where the missing records are, or above which version to go on',
    hint: `Give --from <clone>, or --above <version> with a whole number up to ${highestVersion}.`,
  });
}

function textOf({ record: { how, by }, commit, dropped, receipts }: Adoption): string {
  const lines = [`commit   ${commit}`, `by       ${by}`];
  if (how.kind === 'above') lines.push(`above    ${how.version}`);
  else lines.push(`records  ${how.records}${how.again ? ', once more' : ''}`, `batches  ${receipts.batches}`);
  for (const ref of receipts.parted) lines.push(`parted   ${ref} went on without what the clone has`);
  if (dropped !== null) lines.push(`dropped  ${dropped}, which we did not sign`);
  return [
    ...lines,
    '',
    'Servers go on from there. In a clone, push it: git push origin refs/fairlead/revisions',
  ].join('\n');
}
