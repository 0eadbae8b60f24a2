// SPDX-License-Identifier: Apache-2.0
import type { Authority } from '@fairlead/identity/authority';
import type { LogRecord, LogState } from '@fairlead/log';

/**
 * The records, before them the authority's own certificate where the log lacks it: a root names it by its digest only, and whoever
 * holds nothing but the log must be able to judge what it signed.
 */
export function withAuthority(
  { authorities }: Pick<LogState, 'authorities'>,
  { certificate, fingerprint }: Pick<Authority, 'certificate' | 'fingerprint'>,
  records: readonly LogRecord[],
): readonly LogRecord[] {
  const at = records[0]?.at;
  return at === undefined || authorities.has(fingerprint)
    ? records
    : [{ kind: 'authority', at, certificate, fingerprint }, ...records];
}
