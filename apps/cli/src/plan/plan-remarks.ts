// SPDX-License-Identifier: Apache-2.0
import { formatSize } from '@fairlead/base';
import type { FileChange } from '@fairlead/compiler';
import { shortCommit } from '../diagnostics/commit-answer.ts';
import { printable } from '../diagnostics/excerpt.ts';
import { totalBytes, type PlanReport } from './plan-report.ts';
import { count, someOf } from './plan-sections.ts';

const mostLeaving = 8;

/** `plan of 0123456789 onto 9876543210`. */
export function planTitle({ base, head }: PlanReport): string {
  return `plan of ${head === null ? 'the work tree' : shortCommit(head)} onto ${shortCommit(base)}`;
}

/** What a reviewer has to know before the rest. */
export function warningsOf({ base, deployed, stale, hasRoot, plan }: PlanReport): readonly string[] {
  const { leaving, edition } = plan;
  const running = leaving.filter(({ units }) => units.length > 0);
  return [
    ...(stale
      ? [`stale: it does not contain ${shortCommit(base)}, so what is planned is the merge of both`]
      : []),
    ...(deployed === base || deployed === null
      ? []
      : [`${shortCommit(base)} has errors and deploys nothing: devices are at ${shortCommit(deployed)}`]),
    ...(deployed === null
      ? [`no commit up to ${shortCommit(base)} deploys anything: every device is new`]
      : []),
    ...(hasRoot ? [] : ['nothing is deployed before the fleet has its first root: fairlead keys init']),
    ...(edition.before === null || edition.before === edition.after
      ? []
      : [
          `edition ${edition.before} → ${edition.after}: the rules by which files become target states change, so units may change that nobody edited; servers and auditors that lack edition ${edition.after} refuse the commit`,
        ]),
    ...(running.length === 0
      ? []
      : [
          `${count(running.length, 'device')} ${running.length === 1 ? 'leaves' : 'leave'} the fleet, and what runs there goes on: ${someOf(running, mostLeaving, ({ id, name }) => printable(name ?? id))}. To stop it, move them to a retired group first`,
        ]),
  ];
}

/** Changes of what the fleet trusts, a line each. */
export function trustRemarks({ trust }: PlanReport): readonly string[] {
  return trust.map(({ path, change }) => `${printable(path)} ${change}${meaningOf({ path, change })}`);
}

function meaningOf({ path }: FileChange): string {
  if (path.startsWith('trust/root/')) return ': the keys that devices and servers follow';
  if (/^trust\/(allowed|revoked)_signers/.test(path)) return ': who may sign commits from the next one on';
  return path === 'trust/history.json' ? ': which rewritten histories are accepted' : '';
}

/** `2 of 10 devices change, 8 are offered nothing; 3.2 MiB to download`. */
export function planCount({ plan }: PlanReport): string {
  const { devices, unchanged, leaving } = plan;
  const bytes = totalBytes(plan);
  return [
    devices === unchanged
      ? 'no device changes'
      : `${devices - unchanged} of ${count(devices, 'device')} change`,
    `${unchanged} ${unchanged === 1 ? 'is' : 'are'} offered nothing`,
    ...(leaving.length === 0 ? [] : [`${leaving.length} leave`]),
    ...(bytes === 0 ? [] : [`${formatSize(bytes)} to download`]),
  ].join(', ');
}
