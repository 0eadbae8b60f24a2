// SPDX-License-Identifier: Apache-2.0
import type { Digest } from '@fairlead/base';
import type { HeldMetadata, Hello } from '@fairlead/wire';
import type { PublishedDevice, Publication } from './publication.ts';

/** What one device holds, or will once it has read what it was sent. */
export interface DeviceProgress {
  /** What it held when it came: nothing older is ever sent to it. */
  readonly floor: HeldMetadata;
  readonly held: HeldMetadata;
  /** Target state offered last, or held since before. */
  readonly target: Digest | null;
  readonly revision: Digest | null;
  /** Newest root that it was told of on this stream; 0: none. */
  readonly newestRoot: number;
  /** Target state that the device said it holds: the last that it surely has. */
  readonly surely: Digest | null;
  readonly formats: readonly number[];
  /** When the timestamp last sent expires, in milliseconds since 1970; 0: none sent on this stream. */
  readonly freshUntil: number;
}

/** What a device is to be told of a publication. */
export type Telling =
  | { readonly kind: 'offer' | 'refresh'; readonly device: PublishedDevice }
  | { readonly kind: 'nothing' }
  | { readonly kind: 'not-in-fleet' }
  /** Its agent does not read the format of the target states. */
  | { readonly kind: 'agent-too-old' }
  /** It holds newer metadata than this: nothing older is sent. */
  | { readonly kind: 'device-ahead' };

export function progressOf(hello: Hello): DeviceProgress {
  return {
    floor: hello.held,
    held: hello.held,
    target: hello.target,
    revision: hello.revision,
    newestRoot: 0,
    surely: hello.target,
    formats: hello.targetFormats,
    freshUntil: 0,
  };
}

/** A commit costs what it changes: an offer where the target state differs, a refresh where only the metadata does. */
export function decideTelling(id: string, progress: DeviceProgress, publication: Publication): Telling {
  const device = publication.devices.get(id);
  if (device === undefined) return { kind: 'not-in-fleet' };
  if (!mayForget(progress.floor, publication) && isAhead(progress.floor, publication))
    return { kind: 'device-ahead' };
  if (device.target !== progress.target) {
    return progress.formats.includes(device.format) ? { kind: 'offer', device } : { kind: 'agent-too-old' };
  }
  // Each stream begins with one: metadata that does not show a device its own target is not fresh for it.
  const fresh =
    progress.freshUntil > 0 &&
    progress.revision === publication.revision &&
    progress.held.timestamp === publication.timestamp.version &&
    progress.newestRoot === publication.newestRoot;
  return fresh ? { kind: 'nothing' } : { kind: 'refresh', device };
}

/** After an offer or refresh of `publication` went out. */
export function told(
  progress: DeviceProgress,
  device: PublishedDevice,
  publication: Publication,
): DeviceProgress {
  return {
    ...progress,
    held: {
      root: publication.newestRoot,
      timestamp: publication.timestamp.version,
      snapshot: publication.snapshot.version,
      targets: publication.targets.version,
      counter: publication.counter,
    },
    target: device.target,
    revision: publication.revision,
    newestRoot: publication.newestRoot,
    freshUntil: publication.timestamp.expires,
  };
}

const nothingHeld: HeldMetadata = { root: 0, timestamp: 0, snapshot: 0, targets: 0, counter: 0 };

/** Which parts of `publication` the device surely keeps once it has read that there is a newer root. */
export function heldUnder(progress: DeviceProgress, publication: Publication): HeldMetadata {
  return mayForget(progress.held, publication) ? nothingHeld : progress.held;
}

/** After the device refused what it was sent: with the next publication it gets all metadata, and its target state is offered again. */
export function refused(progress: DeviceProgress): DeviceProgress {
  return { ...progress, held: nothingHeld, target: progress.surely, revision: null };
}

/**
 * A device that lacks the newest root forgets what it holds of each role of which that root takes a key away. So what it said of
 * versions counts no more: with stolen keys it may have been sent as far forward as numbers go, and this is its way back.
 */
function mayForget(held: HeldMetadata, publication: Publication): boolean {
  return held.root < publication.newestRoot;
}

function isAhead(held: HeldMetadata, publication: Publication): boolean {
  return (
    held.root > publication.newestRoot ||
    held.timestamp > publication.timestamp.version ||
    held.snapshot > publication.snapshot.version ||
    held.targets > publication.targets.version ||
    held.counter > publication.counter
  );
}
