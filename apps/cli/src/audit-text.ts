// SPDX-License-Identifier: Apache-2.0
import type { AuditReport, CommitHistory, DeviceHistory, DeviceRun, Finding, Place } from '@fairlead/audit';
import type { Colours } from './colours.ts';

/** An audit for people: the verdict, what was found, what became of each commit, and what ran when on each device. */
export function auditText(report: AuditReport, colours: Colours): string {
  const { findings, droppedFindings, commits, devices, checkpoint } = report;
  const more = droppedFindings === 0 ? [] : [`and ${droppedFindings} more`];
  return [
    verdictText(report, colours),
    ...findings.flatMap((finding) => findingLines(finding, colours)),
    ...more,
    ...(commits.length === 0 ? [] : ['', colours.bold('Commits')]),
    ...commits.map((commit) => commitLine(commit, colours)),
    ...devices.flatMap((device) => deviceLines(device, colours)),
    ...(checkpoint === null
      ? []
      : ['', `checkpoint ${checkpoint.digest} (--output json holds it, for --since)`]),
  ].join('\n');
}

function verdictText(
  { ok, fleet, findings, droppedFindings, checked }: AuditReport,
  colours: Colours,
): string {
  const errors = findings.filter(({ severity }) => severity === 'error').length + droppedFindings;
  const warnings = findings.length + droppedFindings - errors;
  const verdict = ok ? colours.green('OK') : colours.red('NOT OK');
  const counted = [
    amount(checked.revisions, 'revision'),
    amount(checked.records, 'record'),
    `${amount(checked.receipts, 'receipt')} of ${amount(checked.devices, 'device')}`,
  ].join(', ');
  const found =
    errors + warnings === 0
      ? 'nothing is wrong'
      : `${amount(errors, 'error')}, ${amount(warnings, 'warning')}`;
  return `${verdict}  fleet ${fleet ?? 'unknown'}: ${counted} verified; ${found}`;
}

function findingLines(
  { severity, code, message, hint, place }: Finding,
  colours: Colours,
): readonly string[] {
  const paint = severity === 'error' ? colours.red : colours.yellow;
  return [`${paint(severity)} [${code}] ${placeText(place)}: ${message}`, `  ${colours.dim(hint)}`];
}

/** Such as `refs/fairlead/receipts/2026-11/a 0123456789 receipts.jsonl:3 device … #4`. */
function placeText({ ref, logCommit, file, line, commit, device, seq }: Place): string {
  const at = file === undefined ? undefined : `${file}${line === undefined ? '' : `:${line}`}`;
  return [
    ref,
    logCommit,
    at,
    commit === undefined ? undefined : `commit ${commit}`,
    device === undefined ? undefined : `device ${device}`,
    seq === undefined ? undefined : `#${seq}`,
  ]
    .filter((part) => part !== undefined)
    .join(' ');
}

function commitLine(entry: CommitHistory, colours: Colours): string {
  const { at, outcome, commit, revision, counter, code, reason, skippedFor } = entry;
  const paint = outcome === 'revision' ? colours.green : outcome === 'refused' ? colours.red : colours.cyan;
  const about = {
    revision: `counter ${counter ?? '?'}, ${revision ?? 'no revision'}`,
    refused: `[${code ?? '?'}] ${reason ?? ''}`.trimEnd(),
    skipped: `for ${skippedFor ?? '?'}`,
  }[outcome];
  return `${colours.dim(at)}  ${paint(outcome.padEnd(8))}  ${commit}  ${about}${byWhom(entry)}`;
}

function deviceLines({ id, name, group, keys, runs }: DeviceHistory, colours: Colours): readonly string[] {
  const about = [name, group === null ? null : `group ${group}`].filter((part) => part !== null).join(', ');
  return [
    '',
    `${colours.bold(`Device ${id}`)}${about === '' ? '' : ` (${about})`}`,
    ...keys.map(({ at, approvedBy, withdrawn }) => {
      const end = withdrawn === null ? '' : `; until ${withdrawn.at}: ${withdrawn.why}`;
      return `${colours.dim(at)}  ${colours.cyan('enrolled'.padEnd(width))}  by ${approvedBy}${end}`;
    }),
    ...runs.map((run) => runLine(run, colours)),
  ];
}

function runLine(run: DeviceRun, colours: Colours): string {
  const { at, result, seq, counter, commit, code, failed, remarks } = run;
  const paint = result === 'applied' ? colours.green : colours.red;
  const units = failed.map(
    (unit) => `${unit.unit} ${unit.result}${unit.code === null ? '' : ` [${unit.code}]`}`,
  );
  const details = [
    code === null ? undefined : `[${code}]`,
    units.length === 0 ? undefined : units.join(', '),
    remarks.length === 0 ? undefined : `(${remarks.join(', ')})`,
  ].filter((part) => part !== undefined);
  const what = `#${seq} counter ${counter}, commit ${commit ?? 'unknown'}`;
  return `${colours.dim(at)}  ${paint(result.padEnd(width))}  ${[what, ...details].join(' ')}${byWhom(run)}`;
}

/** Of the longest result, `inconsistent`. */
const width = 12;

function byWhom({ author, committer, signer }: Pick<DeviceRun, 'author' | 'committer' | 'signer'>): string {
  if (author === null) return '';
  const other = committer === author || committer === null ? '' : `, committed by ${committer}`;
  return ` by ${author}${other}${signer === null ? '' : `, signed by ${signer}`}`;
}

function amount(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
