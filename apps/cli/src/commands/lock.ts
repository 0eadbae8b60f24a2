// SPDX-License-Identifier: Apache-2.0
import { FairleadError, parseSize, type Code } from '@fairlead/base';
import { createResolver, isUnavailable, planLock, updateLock, type UpdatedLock } from '@fairlead/lock';
import {
  defineCommand,
  exitCode,
  optionalText,
  switchFlag,
  systemClock,
  textWithDefault,
  type ExitCode,
  type Flag,
  type ProgramContext,
} from '@fairlead/program';
import { lockPath, printLock, type Diagnostic } from '@fairlead/spec';
import { join } from 'node:path';
import { coloursFor } from '../colours.ts';
import { commitAnswer } from '../diagnostics/commit-answer.ts';
import { diagnosticForms } from '../diagnostics/diagnostics-answer.ts';
import { createLockProgress } from '../lock/lock-progress.ts';
import { withLockSubject, type LockSubject } from '../lock/lock-subject.ts';
import { lockText } from '../lock/lock-text.ts';
import { placesNamed } from '../lock/named-places.ts';
import { writeLockFile } from '../lock/write-lock-file.ts';

/** A host that sends nothing for so long is given up, in milliseconds. */
const idleMs = 30_000;

const sizeFlag: Flag<number> = {
  flags: '--max-download <size>',
  description: 'no URL may give more',
  parse: parseSize,
  absent: { kind: 'default', value: 4 * 2 ** 30, shown: '4Gi' },
};

export const lockCommand = defineCommand({
  name: 'lock',
  summary:
    'Write down in fleet.lock.json what each tag, branch and URL of the fleet means now, so that a commit means the same for ever. What is locked stays as it is; what nothing refers to any more is taken out.',
  examples: [
    'fairlead lock',
    'fairlead lock --check',
    'fairlead lock --update registry.example.org/team/app:1',
    'fairlead lock --update all --registry-credentials-file ~/.docker/config.json',
    'fairlead lock --repo /srv/fleet.git --out fleet.lock.json',
  ],
  args: '[names...]',
  forms: diagnosticForms,
  flags: {
    repo: textWithDefault(
      '--repo <dir>',
      'the fleet repository; of a bare one HEAD is read, and the new lock is the answer',
      '.',
    ),
    check: switchFlag(
      '--check',
      'only say what is not locked and what is not used; asks no network, ends with 1 if there is any',
    ),
    update: switchFlag(
      '--update',
      'resolve again what these names are locked to: an image, a URL, repository#branch, or all',
    ),
    registryCredentialsFile: optionalText(
      '--registry-credentials-file <file>',
      'logins for registries, of the form of ~/.docker/config.json',
    ),
    gitCredentialsFile: optionalText(
      '--git-credentials-file <file>',
      'logins for Git over HTTPS: lines user:token@host',
    ),
    maxDownload: sizeFlag,
  },
  async run({ flags, args: names }, context) {
    refuseMisuse(flags, names);
    return withLockSubject(flags.repo, context.signal, async (subject) => {
      const broken = subject.diagnostics.filter(
        ({ file, severity }) => file === lockPath && severity === 'error',
      );
      if (broken.length > 0) return refuse(context, subject, broken, exitCode.no);
      return flags.check ? checkLock(context, subject) : takeLock(context, subject, flags, names);
    });
  },
});

function refuseMisuse(
  { check, update }: { readonly check: boolean; readonly update: boolean },
  names: readonly string[],
): void {
  const message =
    check && update
      ? '--check and --update exclude each other'
      : update && names.length === 0
        ? '--update needs the names of what is to be resolved again, or all'
        : !update && names.length > 0
          ? 'names go with --update'
          : undefined;
  if (message !== undefined) throw new FairleadError({ code: 'misuse', message });
}

/** What a lock can put right. */
const lockCodes: ReadonlySet<Code> = new Set<Code>(['lock-mismatch', 'lock-unused', 'reference-unlocked']);

async function checkLock(context: ProgramContext, subject: LockSubject): Promise<ExitCode> {
  const found = subject.diagnostics
    .filter(({ code }) => lockCodes.has(code))
    .map((diagnostic) => ({ ...diagnostic, severity: 'error' as const }));
  if (hasOtherErrors(subject))
    context.terminal.err(
      'The fleet has other errors (see fairlead check); unused entries are not looked for.\n',
    );
  return refuse(context, subject, found, found.length === 0 ? exitCode.done : exitCode.no);
}

interface TakeOptions {
  readonly registryCredentialsFile: string | undefined;
  readonly gitCredentialsFile: string | undefined;
  readonly maxDownload: number;
}

async function takeLock(
  context: ProgramContext,
  subject: LockSubject,
  { maxDownload, ...files }: TakeOptions,
  names: readonly string[],
): Promise<ExitCode> {
  const { references, lock } = subject;
  const complete = !hasOtherErrors(subject);
  const plan = planLock({ references, lock, complete, again: placesNamed(names, references) });
  const progress = createLockProgress(context);
  const onProgress = progress.show;
  const resolver = createResolver({
    ...files,
    clock: systemClock,
    maxBytes: maxDownload,
    idleMs,
    onProgress,
  });
  let updated;
  try {
    updated = await updateLock(lock, plan, resolver, context.signal);
  } finally {
    progress.end();
  }
  if (!updated.ok) {
    const status = isUnavailable(updated.error) ? exitCode.unavailable : exitCode.no;
    return refuse(context, subject, updated.error, status);
  }
  await keep(context, subject, updated.value);
  if (!complete)
    context.terminal.err('The fleet has other errors (see fairlead check); unused entries are kept.\n');
  return exitCode.done;
}

async function keep(
  context: ProgramContext,
  { workTree, input, lock: before }: LockSubject,
  { lock, changes }: UpdatedLock,
): Promise<void> {
  const text = lockText(changes, coloursFor(context.terminal));
  if (workTree === undefined) {
    context.terminal.err(`${text}\n`);
    await context.answer({ json: lock, text: printLock(lock) });
    return;
  }
  if (printLock(lock) !== printLock(before)) await writeLockFile(join(workTree, lockPath), printLock(lock));
  const { forms = {} } = await commitAnswer(context, input, []);
  await context.answer({ json: { ok: true, changes, diagnostics: [] }, text, forms });
}

function hasOtherErrors({ diagnostics }: LockSubject): boolean {
  return diagnostics.some(({ severity, code }) => severity === 'error' && !lockCodes.has(code));
}

async function refuse(
  context: ProgramContext,
  { input }: LockSubject,
  diagnostics: readonly Diagnostic[],
  status: ExitCode,
): Promise<ExitCode> {
  await context.answer(await commitAnswer(context, input, diagnostics));
  return status;
}
