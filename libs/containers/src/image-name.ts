// SPDX-License-Identifier: Apache-2.0
import type { ContainerImage } from '@fairlead/target';

/** The host of the registry: the first part of a reference, which is written out in full. */
export function registryOf(reference: string): string {
  return reference.slice(0, Math.max(0, reference.indexOf('/')));
}

/** What is pulled: the repository at the digest, whatever its tag means now. */
export function pinned({ reference, digest }: Pick<ContainerImage, 'reference' | 'digest'>): string {
  return `${repositoryOf(reference)}@${digest}`;
}

function repositoryOf(reference: string): string {
  const [named = reference] = reference.split('@');
  const tag = named.indexOf(':', named.lastIndexOf('/') + 1);
  return tag === -1 ? named : named.slice(0, tag);
}
