// SPDX-License-Identifier: Apache-2.0
import { err, isDigest, ok, type Digest, type Result } from '@fairlead/base';
import * as v from 'valibot';

/** Kinds of documents that a tag may name, most wanted first. */
export const manifestTypes = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
] as const;

/** What a tag or digest names. */
export type Manifest =
  /** size: config and layers, each once; bytes. */
  | { readonly kind: 'image'; readonly size: number }
  /** Digests of the images, one a platform. */
  | { readonly kind: 'index'; readonly images: readonly Digest[] };

/** More than any image has; each costs a request. */
const mostPlatforms = 64;

const digest = v.custom<Digest>(isDigest, 'no sha256 digest');
const size = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const content = v.object({ digest, size });

const image = v.object({ config: content, layers: v.array(content) });
const index = v.object({
  manifests: v.array(
    v.object({
      digest,
      platform: v.optional(v.object({ os: v.string() })),
      annotations: v.optional(v.record(v.string(), v.string())),
    }),
  ),
});

/** Reads a manifest or an index, of Docker or OCI. The error is a reason, for people. */
export function parseManifest(text: string): Result<Manifest, string> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return err('is no JSON');
  }
  const asIndex = v.safeParse(index, value);
  if (asIndex.success) return imagesOf(asIndex.output.manifests);
  const asImage = v.safeParse(image, value);
  if (!asImage.success) return err('is neither an image nor an index of images that we know');
  const { config, layers } = asImage.output;
  const sizes = new Map([config, ...layers].map((one) => [one.digest, one.size]));
  const total = [...sizes.values()].reduce((sum, bytes) => sum + bytes, 0);
  return total > 0 && Number.isSafeInteger(total)
    ? ok({ kind: 'image', size: total })
    : err(`says that it has ${String(total)} bytes`);
}

function imagesOf(manifests: v.InferOutput<typeof index>['manifests']): Result<Manifest, string> {
  const images = manifests.filter((one) => !isAttestation(one)).map((one) => one.digest);
  if (images.length === 0) return err('names no image');
  if (images.length > mostPlatforms) return err(`names more than ${String(mostPlatforms)} images`);
  return ok({ kind: 'index', images });
}

/** What BuildKit puts beside the images: no platform runs it. */
function isAttestation({
  platform,
  annotations = {},
}: v.InferOutput<typeof index>['manifests'][number]): boolean {
  return platform?.os === 'unknown' || 'vnd.docker.reference.type' in annotations;
}
