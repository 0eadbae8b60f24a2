// SPDX-License-Identifier: Apache-2.0
import { sortedBy } from '@fairlead/base';
import { formatImageReference, parseImageReference, type ContainerKind } from '@fairlead/spec';
import { containerUnit, type ContainerImage, type ContainerUnit } from '@fairlead/target';
import type { Source } from '../findings.ts';
import type { ContainerParts, PodContext } from './draft-pod.ts';

/** A container with an image. */
export function imageUnit(
  { container, at, common }: ContainerParts,
  kind: Extract<ContainerKind, { readonly kind: 'image' }>,
  context: PodContext,
): ContainerUnit | undefined {
  const image = lockedImage(kind.image, at('image'), context);
  const required = kind.requiredTags.map((tag, index) =>
    lockedImage(withTag(kind.image, tag), at('required-tags', index), context),
  );
  refuseSettings(kind, at, context);
  if (image === undefined || required.includes(undefined)) return undefined;
  const images = new Map(required.flatMap((one) => (one === undefined ? [] : [[one.reference, one]])));
  return containerUnit({
    ...common,
    pod: context.pod.name,
    image,
    requiredImages: sortedBy(images.values(), ({ reference }) => reference),
    update: kind.update,
    command: container.arguments.length === 0 ? null : container.arguments,
  });
}

/** Nothing is deployed in part. */
function refuseSettings(
  { settings, purgeData }: Pick<Extract<ContainerKind, { readonly kind: 'image' }>, 'settings' | 'purgeData'>,
  at: ContainerParts['at'],
  { findings }: PodContext,
): void {
  const key = Object.keys(settings).length > 0 ? 'settings' : purgeData ? 'purge-data' : undefined;
  if (key === undefined) return;
  const message = `this release cannot compile '${key}' of containers`;
  findings.add(at(key), '', { code: 'source-unsupported', message });
}

/** Named as people know it; what is pulled is the digest. */
function lockedImage(
  written: string,
  source: Source,
  { lock, findings }: PodContext,
): ContainerImage | undefined {
  const found = lock.image(written, source, findings);
  const parsed = parseImageReference(written);
  if (found === undefined || !parsed.ok) return undefined;
  return { reference: formatImageReference(parsed.value), digest: found.digest, size: found.size };
}

/** Another tag of the same image. */
function withTag(image: string, tag: string): string {
  const parsed = parseImageReference(image);
  return parsed.ok ? formatImageReference({ ...parsed.value, version: { kind: 'tag', tag } }) : image;
}
