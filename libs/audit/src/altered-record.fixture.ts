// SPDX-License-Identifier: Apache-2.0
import type { Code } from '@fairlead/base';
import type { LogRecord } from '@fairlead/log';
import { alter, otherLetter, type Chance } from './tampering.fixture.ts';

export interface Altered {
  readonly what: string;
  readonly record: LogRecord;
  readonly codes: readonly Code[];
}

/** One field otherwise, such that something else in the log speaks against it. */
export function alterRecord(
  record: LogRecord,
  all: readonly LogRecord[],
  chance: Chance,
): Altered | undefined {
  const certificates: readonly Code[] = ['certificate-invalid', 'token-invalid', 'record-invalid'];
  switch (record.kind) {
    case 'revision': {
      const path: readonly Code[] = [
        'record-invalid',
        'object-corrupt',
        'history-rewritten',
        'commit-unaccounted',
        'compiler-mismatch',
      ];
      const others = all.flatMap((other) =>
        other.kind === 'revision' && other.commit !== record.commit ? [other] : [],
      );
      const other = chance.of(others);
      const manifest = JSON.parse(record.manifest) as Record<string, unknown>;
      return chance.of<Altered>([
        { what: 'commit', record: { ...record, commit: other.commit }, codes: path },
        {
          what: 'manifest',
          record: { ...record, manifest: other.manifest },
          codes: ['unknown-target', 'record-invalid', 'compiler-mismatch'],
        },
        {
          what: 'counter',
          record: {
            ...record,
            manifest: JSON.stringify({ ...manifest, counter: Number(manifest['counter']) + 1 }),
          },
          codes: ['unknown-target', 'compiler-mismatch'],
        },
        ...signedFields(record, other, chance),
      ]);
    }
    case 'refreshed': {
      const other = chance.of(all.flatMap((one) => (one.kind === 'revision' ? [one] : [])));
      return chance.of(signedFields(record, other, chance));
    }
    case 'refused':
      return {
        what: 'commit',
        record: { ...record, commit: alterOid(record.commit, chance) },
        codes: ['object-corrupt', 'history-rewritten'],
      };
    case 'skipped':
      return {
        what: 'commit',
        record: { ...record, commit: alterOid(record.commit, chance) },
        codes: ['commit-unaccounted', 'record-invalid'],
      };
    case 'authority':
    case 'enrolled':
    case 'renewed': {
      const others = all.flatMap((other) =>
        (other.kind === 'enrolled' || other.kind === 'renewed') && other.certificate !== record.certificate
          ? [other]
          : [],
      );
      const other = chance.of(others);
      return chance.of<Altered>([
        { what: 'certificate', record: { ...record, certificate: other.certificate }, codes: certificates },
        { what: 'fingerprint', record: { ...record, fingerprint: other.fingerprint }, codes: certificates },
        ...(record.kind === 'enrolled' && other.device !== record.device
          ? [{ what: 'device', record: { ...record, device: other.device }, codes: certificates }]
          : []),
        ...(record.kind === 'renewed'
          ? [{ what: 'previous', record: { ...record, previous: record.fingerprint }, codes: certificates }]
          : []),
      ]);
    }
    case 'revoked':
    case 'adopted':
      return undefined;
  }
}

const metadataCodes: readonly Code[] = [
  'mix-and-match',
  'bad-signature',
  'below-threshold',
  'unknown-target',
  'unsupported',
  'rollback',
  'record-missing',
];

function signedFields(
  record: LogRecord & { kind: 'revision' | 'refreshed' },
  other: LogRecord & { kind: 'revision' },
  chance: Chance,
): readonly Altered[] {
  const field = chance.of(['targets', 'snapshot', 'timestamp'] as const);
  const altered = { ...record, [field]: alter(record[field], chance) } as LogRecord;
  const swapped = { ...record, [field]: other[field] } as LogRecord;
  return [
    { what: field, record: altered, codes: metadataCodes },
    ...(record[field] === other[field]
      ? []
      : [{ what: `${field} of another`, record: swapped, codes: metadataCodes }]),
  ];
}

function alterOid(oid: string, chance: Chance): string {
  const at = chance.below(oid.length);
  return oid.slice(0, at) + otherLetter('0123456789abcdef', oid[at], chance) + oid.slice(at + 1);
}
