// SPDX-License-Identifier: Apache-2.0
import { compiledOf, deviceA, deviceB, fleetId, sha, targetOf, type Files } from '../commit.fixture.ts';

/** The first line of a pod specification of ours. */
export const schemaLine = '$schema: https://fairlead.dev/schemas/pod/v1.json\n';
export const imageDigest = `sha256:${'1a'.repeat(32)}` as const;

/** A lock of these images, all alike, and whatever else it holds. */
export function lockOf(images: readonly string[], more: object = {}): Files {
  const content = { digest: imageDigest, size: 1_000 };
  return {
    'fleet.lock.json': { images: Object.fromEntries(images.map((image) => [image, content])), ...more },
  };
}

/** A fleet of one group with two devices whose pod is `pods/x.yaml`. */
export function podFleet(pod: string, files: Files = {}, group: object = {}): Files {
  return {
    'fleet.json': { id: fleetId, groups: { g: { pod: './pods/x.yaml', ...group } } },
    'devices.json': { [deviceA]: { group: 'g' }, [deviceB]: { group: 'g' } },
    'trust/root/1.json': {},
    'pods/x.yaml': `${schemaLine}${pod}`,
    ...files,
  };
}

export const blob = (format: 'file' | 'tar') => ({ digest: `sha256:${sha}`, size: 7, format });

/** A fleet of one group whose pod, `p@1`, is in the lock with this specification and these blobs. */
export function lockedPodFleet(
  specification: object,
  blobs: object = {},
  images: readonly string[] = [],
): Files {
  const $schema = 'https://fairlead.dev/schemas/pod/v1.json';
  const pod = { id: imageDigest, specification: { $schema, name: 'p', ...specification }, blobs };
  return {
    ...podFleet('', lockOf(images, { pods: { 'p@1': pod } }), { pod: 'p@1' }),
    'pods/x.yaml': schemaLine,
  };
}

/** An image that is in most locks here. */
export const app = 'docker.io/library/app:1';

/** Units of the first device, by name. */
export const unitsOf = async (files: Files) =>
  Object.fromEntries(targetOf(await compiledOf(files)).units.map((unit) => [unit.name, unit]));
