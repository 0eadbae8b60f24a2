// SPDX-License-Identifier: Apache-2.0
import { FairleadError } from '@fairlead/base';

/** Segments of an entry's name below the folder that is unpacked into; empty for the folder itself. Refuses what leads elsewhere. */
export function entrySegments(name: string): readonly string[] {
  if (name === '' || name.length > 4096)
    throw unsafe(name, 'its name is empty or longer than 4096 characters');
  if (name.includes('\0')) throw unsafe(name, 'its name holds a NUL');
  if (name.startsWith('/')) throw unsafe(name, 'its name is absolute');
  const segments = name.split('/').filter((segment) => segment !== '' && segment !== '.');
  if (segments.includes('..')) throw unsafe(name, 'its name holds ..');
  if (segments.some((segment) => Buffer.byteLength(segment) > 255))
    throw unsafe(name, 'a part of its name is longer than 255 bytes');
  return segments;
}

/**
 * Checks where a symbolic link at `segments` leads. `..` may stand only at the front: there it climbs real folders (no entry is
 * made below a link), so counting is exact; behind another link it would climb from wherever that one leads.
 */
export function checkLinkTarget(segments: readonly string[], target: string): void {
  const name = segments.join('/');
  if (target === '' || target.length > 4096 || target.includes('\0'))
    throw unsafe(name, 'it links to nothing');
  if (target.startsWith('/')) throw unsafe(name, 'it links to an absolute path');
  const steps = target.split('/').filter((step) => step !== '' && step !== '.');
  const climbs = steps.findIndex((step) => step !== '..');
  const up = climbs === -1 ? steps.length : climbs;
  if (steps.slice(up).includes('..')) throw unsafe(name, 'its link climbs after it descends');
  if (up > segments.length - 1) throw unsafe(name, 'it links out of the archive');
}

/** Refuses set-uid and set-gid; keeps the permissions, and what the owner needs to replace and remove it. */
export function checkedMode(name: string, mode: number, kind: 'file' | 'folder'): number {
  if ((mode & 0o6000) !== 0) throw unsafe(name, 'it is set-uid or set-gid');
  return (mode & 0o777) | (kind === 'file' ? 0o600 : 0o700);
}

export function unsafe(name: string, why: string): FairleadError {
  return new FairleadError({
    code: 'archive-unsafe',
    message: `the archive's entry '${name}' is refused: ${why}`,
  });
}
