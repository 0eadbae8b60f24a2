// SPDX-License-Identifier: Apache-2.0
import { sha256, type Code } from '@fairlead/base';
import type { LogRecord } from '@fairlead/log';
import { alterRecord } from './altered-record.fixture.ts';
import type { Finding } from './finding.ts';
import { linesOf, writeLine } from './log-line.fixture.ts';
import type { MemoryRepository } from './memory-repository.fixture.ts';
import {
  alter,
  otherLetter,
  receiptsOf,
  recordsOf,
  recordsRef,
  rewrite,
  type Chance,
  type Deed,
  type Original,
} from './tampering.fixture.ts';

const records = 'records.jsonl';
const receipts = 'receipts.jsonl';

const atReceipt =
  ({ device, seq }: { readonly device: string; readonly seq: number }) =>
  ({ place }: Finding): boolean =>
    place.device === device && place.seq === seq;
const inRecords = ({ place }: Finding): boolean => place.ref === recordsRef;

/** What whoever holds the snapshot keys can do, the server itself above all: each commit that it changes is signed anew. */
export const insiders: Readonly<Record<string, Deed>> = {
  async 'drops a receipt'(original, copy, chance) {
    const gone = chance.of(receiptsOf(original).filter(({ name }) => original.followed.has(name)));
    await rewrite(original, copy, { ...gone, file: receipts }, (lines) => lines.toSpliced(gone.row, 1));
    return { what: gone.name, codes: ['receipt-missing'], isThere: atReceipt(gone) };
  },
  async 'drops the newest receipt of a device'(original, copy, chance) {
    const gone = chance.of(receiptsOf(original).filter(({ name }) => !original.followed.has(name)));
    await rewrite(original, copy, { ...gone, file: receipts }, (lines) => lines.toSpliced(gone.row, 1));
    const isThere = ({ place }: Finding): boolean => place.ref === gone.ref;
    return { what: gone.name, codes: ['log-cut'], isThere, needsCheckpoint: true };
  },
  async 'drops a batch'(original, copy, chance) {
    const gone = chance.of(
      receiptsOf(original).filter(({ name, at }) => at > 0 && original.followed.has(name)),
    );
    const line = original.lines.get(gone.ref) ?? [];
    await writeLine(copy, gone.ref, line.toSpliced(gone.at, 1), true);
    return { what: `${gone.ref}~${String(gone.at)}`, codes: ['receipt-missing'], isThere: atReceipt(gone) };
  },
  async 'drops the first batch of a segment'(original, copy, chance) {
    const ref = chance.of(original.receiptRefs.filter((name) => (original.lines.get(name)?.length ?? 0) > 1));
    await writeLine(copy, ref, (original.lines.get(ref) ?? []).slice(1), true);
    return { what: ref, codes: ['record-invalid'], isThere: ({ place }) => place.ref === ref };
  },
  async 'changes a receipt'(original, copy, chance) {
    const { ref, at, row, name } = chance.of(receiptsOf(original));
    const names = await rewrite(original, copy, { ref, at, file: receipts }, (lines) =>
      lines.with(row, alterValue(lines[row]!, chance)),
    );
    const isThere = ({ place }: Finding): boolean =>
      place.ref === ref && place.logCommit === names[at] && place.line === row + 1;
    return { what: name, codes: ['receipt-forged', 'device-unknown'], isThere };
  },
  async 'swaps two receipts of a device'(original, copy, chance) {
    const all = receiptsOf(original);
    const later = chance.of(all.filter((one) => all.some((other) => isBefore(other, one))));
    const earlier = chance.of(all.filter((other) => isBefore(other, later)));
    const line = original.lines.get(later.ref) ?? [];
    const put = (text: string, at: number, row: number) => (commits: typeof line) =>
      commits.map((commit, index) => {
        if (index !== at) return commit;
        const lines = (commit.files.get(receipts) ?? '').split('\n').with(row, text);
        return { ...commit, files: new Map([...commit.files, [receipts, lines.join('\n')]]) };
      });
    const swapped = put(earlier.text, later.at, later.row)(put(later.text, earlier.at, earlier.row)(line));
    await writeLine(copy, later.ref, swapped, true);
    return {
      what: `${earlier.name} and ${later.name}`,
      codes: ['receipt-misplaced'],
      isThere: atReceipt(earlier),
    };
  },
  async 'doubles a receipt'(original, copy, chance) {
    const one = chance.of(receiptsOf(original));
    const at = one.at + chance.below((original.lines.get(one.ref)?.length ?? 0) - one.at);
    await rewrite(original, copy, { ref: one.ref, at, file: receipts }, (lines) => [...lines, one.text]);
    return { what: one.name, codes: ['receipt-doubled'], isThere: atReceipt(one) };
  },
  async 'doubles a receipt in the log of another server'(original, copy, chance) {
    const one = chance.of(receiptsOf(original));
    const ref = chance.of(original.receiptRefs.filter((name) => name !== one.ref));
    const at = chance.below(original.lines.get(ref)?.length ?? 0);
    await rewrite(original, copy, { ref, at, file: receipts }, (lines) => [...lines, one.text]);
    return { what: one.name, codes: ['receipt-doubled'], isThere: atReceipt(one), isWarning: true };
  },
  async 'writes a receipt once more after an audit'(original, copy, chance) {
    const one = chance.of(receiptsOf(original));
    const ref = chance.of(original.receiptRefs);
    const line = original.lines.get(ref) ?? [];
    const more = { ...line.at(-1)!, files: new Map([[receipts, `${one.text}\n`]]) };
    await writeLine(copy, ref, [...line, more], true);
    return { what: one.name, codes: ['receipt-doubled'], isThere: atReceipt(one), needsCheckpoint: true };
  },
  async 'changes a checkpoint'(original, copy, chance) {
    const ref = chance.of(original.receiptRefs.filter((name) => name.includes('2026-11/')));
    const rows = (original.lines.get(ref)?.[0]?.files.get('checkpoint.jsonl') ?? '').split('\n').length - 1;
    const row = chance.below(rows);
    let device = '';
    await rewrite(original, copy, { ref, at: 0, file: 'checkpoint.jsonl' }, (lines) => {
      const entry = JSON.parse(lines[row]!) as {
        device: string;
        instance: string;
        seq: number;
        hash: string;
      };
      ({ device } = entry);
      const changed = chance.of([
        { ...entry, seq: entry.seq + 1 },
        { ...entry, seq: entry.seq - 1 },
        { ...entry, instance: 'other' },
        { ...entry, hash: `sha256:${'0'.repeat(64)}` },
      ]);
      return lines.with(row, JSON.stringify(changed));
    });
    return {
      what: `${ref} ${device}`,
      codes: ['checkpoint-mismatch'],
      isThere: ({ place }) => place.ref === ref && place.device === device,
    };
  },
  async 'leaves a device out of a checkpoint'(original, copy, chance) {
    const ref = original.receiptRefs.find((name) => {
      const start = JSON.parse(original.lines.get(name)?.[0]?.files.get('segment.json') ?? '{}') as {
        previous: object;
      };
      return Object.keys(start.previous).length > 0;
    })!;
    let device = '';
    await rewrite(original, copy, { ref, at: 0, file: 'checkpoint.jsonl' }, (lines) => {
      const row = chance.below(lines.length);
      ({ device } = JSON.parse(lines[row]!) as { device: string });
      return lines.toSpliced(row, 1);
    });
    return {
      what: `${ref} ${device}`,
      codes: ['checkpoint-mismatch'],
      isThere: ({ place }) => place.ref === ref && place.device === device,
    };
  },
  async 'drops a record'(original, copy, chance) {
    const all = recordsOf(original);
    const lastRevision = all.findLast(({ record }) => record.kind === 'revision');
    const gone = chance.of(
      all.filter(({ record, text }) => text !== lastRevision?.text && record.kind in dropped),
    );
    const { record } = gone;
    const names = await drop(original, copy, gone);
    const about = [
      ...('commit' in record ? [record.commit] : []),
      ...('device' in record ? [record.device] : []),
      ...('manifest' in record ? [sha256(record.manifest)] : []),
    ];
    const isThere = ({ place, message }: Finding): boolean =>
      about.some((name) => place.commit === name || place.device === name || message.includes(name)) ||
      names.indexOf(place.logCommit ?? '') >= gone.at;
    return { what: `${record.kind} of ${String(gone.at)}`, codes: dropped[record.kind] ?? [], isThere };
  },
  async 'drops any record'(original, copy, chance) {
    const gone = chance.of(recordsOf(original));
    await drop(original, copy, gone);
    const what = `${gone.record.kind} of ${String(gone.at)}`;
    return { what, codes: ['log-cut'], isThere: inRecords, needsCheckpoint: true };
  },
  async 'changes a record'(original, copy, chance) {
    const one = chance.of(recordsOf(original));
    const changed = alterRecord(
      one.record,
      recordsOf(original).map(({ record }) => record),
      chance,
    );
    if (changed === undefined) return undefined;
    const names = await rewrite(original, copy, { ref: recordsRef, at: one.at, file: records }, (lines) =>
      lines.with(one.row, JSON.stringify(changed.record)),
    );
    const isThere = ({ place }: Finding): boolean =>
      place.ref === recordsRef && place.logCommit === names[one.at];
    return { what: `${changed.what} of ${one.record.kind} ${String(one.at)}`, codes: changed.codes, isThere };
  },
  async 'doubles a record'(original, copy, chance) {
    const one = chance.of(
      recordsOf(original).filter(({ record }) => record.kind !== 'authority' && record.kind !== 'revoked'),
    );
    const length = original.lines.get(recordsRef)?.length ?? 0;
    const at = one.at + chance.below(length - one.at);
    const names = await rewrite(original, copy, { ref: recordsRef, at, file: records }, (lines) => [
      ...lines,
      one.text,
    ]);
    const codes: readonly Code[] = [
      'record-invalid',
      'rollback',
      'counter-not-rising',
      'token-used',
      'unknown-target',
      'bad-signature',
    ];
    const isThere = ({ place }: Finding): boolean =>
      place.ref === recordsRef && place.logCommit === names[at];
    return { what: `${one.record.kind} of ${String(one.at)} at ${String(at)}`, codes, isThere };
  },
  async 'swaps two log commits'(original, copy, chance) {
    const line = original.lines.get(recordsRef) ?? [];
    const kinds = line.map(
      (_, at) =>
        new Set(
          recordsOf(original)
            .filter((one) => one.at === at)
            .map(({ record }) => record.kind),
        ),
    );
    const signing = kinds.flatMap((kind, at) => (kind.has('revision') || kind.has('refreshed') ? [at] : []));
    const first = chance.of(signing.slice(0, -1));
    const second = chance.of(signing.filter((at) => at > first));
    const swapped = line.with(first, line[second]!).with(second, line[first]!);
    await writeLine(copy, recordsRef, swapped, true);
    const codes: readonly Code[] = [
      'rollback',
      'record-missing',
      'log-forged',
      'unknown-target',
      'bad-signature',
      'counter-not-rising',
    ];
    return { what: `${String(first)} and ${String(second)}`, codes, isThere: inRecords };
  },
};

/** Takes a record out, and its commit where that holds nothing else. */
function drop(
  original: Original,
  copy: MemoryRepository,
  { at, row }: { readonly at: number; readonly row: number },
): Promise<readonly string[]> {
  const line = original.lines.get(recordsRef) ?? [];
  return linesOf(line[at]!, records).length === 1
    ? writeLine(copy, recordsRef, line.toSpliced(at, 1), true)
    : rewrite(original, copy, { ref: recordsRef, at, file: records }, (lines) => lines.toSpliced(row, 1));
}

/** What names the lack of a record, by its kind; the others leave no trace that follows. */
const dropped: Partial<Record<LogRecord['kind'], readonly Code[]>> = {
  revision: ['commit-unaccounted', 'record-missing', 'revision-unknown', 'log-forged'],
  refreshed: ['record-missing'],
  refused: ['commit-unaccounted'],
  skipped: ['commit-unaccounted'],
  enrolled: ['device-unknown', 'receipt-forged', 'certificate-invalid', 'record-invalid'],
  authority: ['certificate-invalid'],
};

interface Placed {
  readonly ref: string;
  readonly at: number;
  readonly row: number;
  readonly instance: string;
  readonly seq: number;
}

function isBefore(earlier: Placed, later: Placed): boolean {
  return earlier.ref === later.ref && earlier.instance === later.instance && earlier.seq < later.seq;
}

/** Another letter in the payload or the signature of an envelope. */
function alterValue(line: string, chance: Chance): string {
  const envelope = JSON.parse(line) as {
    payload: string;
    payloadType: string;
    signatures: { keyid: string; sig: string }[];
  };
  const [signature] = envelope.signatures;
  const base64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
  const swap = (text: string): string => {
    const at = chance.below(text.replace(/=*$/, '').length);
    return text.slice(0, at) + otherLetter(base64, text[at], chance) + text.slice(at + 1);
  };
  const changed = chance.of(['payload', 'sig', 'keyid'] as const);
  if (changed === 'payload') envelope.payload = swap(envelope.payload);
  else if (changed === 'sig') signature!.sig = swap(signature!.sig);
  else signature!.keyid = alter(signature!.keyid, chance);
  const { payload, payloadType, signatures } = envelope;
  return JSON.stringify({
    payload,
    payloadType,
    signatures: signatures.map(({ keyid, sig }) => ({ keyid, sig })),
  });
}
