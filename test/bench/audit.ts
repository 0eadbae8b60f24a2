// SPDX-License-Identifier: Apache-2.0
// What an audit of a fleet log costs, and how that grows with the number of receipts: the whole log, and from a checkpoint on.
// Figures on stdout, one JSON object; nothing is asserted on time.
import { auditFleet, type AuditReport, type Checkpoint } from '@fairlead/audit';
import { FairleadError } from '@fairlead/base';
import { openRepository } from '@fairlead/git';
import { systemClock } from '@fairlead/testing';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeAuditedLog, must, type AuditedLog } from './audited-log.ts';

const fleet = { devices: 1_000, groups: 20 };
const sizes = [1_000, 10_000, 30_000];
const { signal } = new AbortController();

const figures: { receipts: number; ms: number; fromCheckpointMs: number; heapMiB: number }[] = [];
for (const receipts of sizes) {
  const dir = await mkdtemp(join(tmpdir(), 'fairlead-bench-'));
  try {
    const log = await makeAuditedLog(dir, { ...fleet, receipts });
    const whole = await timed(log);
    const rest = await timed(log, whole.report.checkpoint ?? undefined);
    if (!whole.report.ok || !rest.report.ok || whole.report.checked.receipts !== receipts)
      throw new FairleadError({
        code: 'internal',
        message: JSON.stringify(whole.report.findings.slice(0, 3)),
      });
    figures.push({ receipts, ms: whole.ms, fromCheckpointMs: rest.ms, heapMiB: whole.heapMiB });
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}
const [first] = figures;
const growth = figures.map(({ receipts, ms }) => ({
  receipts: receipts / (first?.receipts ?? 1),
  time: Math.round((ms / (first?.ms ?? 1)) * 10) / 10,
}));
process.stdout.write(`${JSON.stringify({ benchmark: 'audit', ...fleet, figures, growth })}\n`);

async function timed(
  { dir, root }: AuditedLog,
  since?: Checkpoint,
): Promise<{ readonly report: AuditReport; readonly ms: number; readonly heapMiB: number }> {
  const repository = must(await openRepository(dir, { clock: systemClock }));
  const begin = performance.now();
  const report = must(
    await auditFleet({ repository, branch: 'main', root: { kind: 'bytes', bytes: root }, since, signal }),
  );
  const ms = Math.round(performance.now() - begin);
  return { report, ms, heapMiB: Math.round(process.memoryUsage().heapUsed / 2 ** 20) };
}
