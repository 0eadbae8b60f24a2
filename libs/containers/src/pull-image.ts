// SPDX-License-Identifier: Apache-2.0
import { err, FairleadError, ok, type Result } from '@fairlead/base';
import type { SecretSource, StepFailure } from '@fairlead/engine';
import type { ContainerImage } from '@fairlead/target';
import type { EngineApi } from './engine-api.ts';
import { pinned, registryOf } from './image-name.ts';
import { jsonLines } from './json-lines.ts';

/** Whether the engine has the image, as its digest says. */
export async function hasImage(api: EngineApi, image: ContainerImage, signal: AbortSignal): Promise<boolean> {
  const digests = await api.imageDigests(pinned(image), signal);
  return digests?.some((known) => known.endsWith(`@${image.digest}`)) === true;
}

/**
 * Brings an image onto the device, if it is not there. Engines tell of a failure by their answer or in a word of the progress, and
 * some end well all the same: what counts is whether the image is there afterwards.
 */
export async function pullImage(
  api: EngineApi,
  image: ContainerImage,
  secrets: SecretSource,
  signal: AbortSignal,
): Promise<Result<void, StepFailure>> {
  if (await hasImage(api, image, signal)) return ok();
  const login = secrets.read(`registry/${registryOf(image.reference)}`)?.value;
  const auth = login === undefined ? null : encodeLogin(login, registryOf(image.reference));
  const unavailable = (why: string): Result<never, StepFailure> =>
    err({ code: 'image-unavailable', message: `${image.reference} (${image.digest}): ${why}` });
  try {
    for await (const word of jsonLines(api.pull(pinned(image), auth, signal))) {
      const { error } = word;
      if (typeof error === 'string') return unavailable(error);
    }
  } catch (thrown) {
    const { code, message } = FairleadError.from(thrown);
    if (code !== 'engine-refused' && code !== 'engine-failed') throw thrown;
    return unavailable(message);
  }
  return (await hasImage(api, image, signal)) ? ok() : unavailable('the engine pulled it, and has it not');
}

/** `user:password` as the API wants it: base64url of JSON. */
function encodeLogin(login: string, serveraddress: string): string {
  const colon = login.indexOf(':');
  const [username, password] = colon === -1 ? [login, ''] : [login.slice(0, colon), login.slice(colon + 1)];
  return Buffer.from(JSON.stringify({ username, password, serveraddress })).toString('base64url');
}
