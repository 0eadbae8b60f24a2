// SPDX-License-Identifier: Apache-2.0

/** What Kanto's inventory gives as the version of an image: its digest, else its tag, else `n/a`. */
export function imageVersion(reference: string): string {
  const last = reference.slice(reference.lastIndexOf('/') + 1);
  const digest = last.indexOf('@');
  const start = digest >= 0 ? digest : last.indexOf(':');
  const version = start < 0 ? '' : last.slice(start + 1);
  return version === '' ? 'n/a' : version;
}
