// SPDX-License-Identifier: Apache-2.0
import { formatImageReference, parseImageReference } from '@fairlead/spec';
import type { ContainerImage } from '@fairlead/target';
import type { Findings, Source } from '../findings.ts';
import type { LockView } from '../lock/lock-view.ts';

/** Named as people know it; what is pulled is the digest. */
export function lockedImage(
  written: string,
  source: Source,
  { lock, findings }: { readonly lock: LockView; readonly findings: Findings },
): ContainerImage | undefined {
  const found = lock.image(written, source, findings);
  const parsed = parseImageReference(written);
  if (found === undefined || !parsed.ok) return undefined;
  return { reference: formatImageReference(parsed.value), digest: found.digest, size: found.size };
}
