// SPDX-License-Identifier: Apache-2.0
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import {
  digestFromHex,
  digestHex,
  err,
  ok,
  raceAbort,
  sha256,
  type Clock,
  type Digest,
  type Logger,
  type Result,
} from '@fairlead/base';
import PQueue from 'p-queue';
import { failureFrom, type ArtifactFailure } from './artifact-failure.ts';
import { download, type DownloadSettings, type Progress, type WantedArtifact } from './download.ts';
import { publish, replaceFile, syncFolder } from './durable.ts';
import { partialFile } from './partial-file.ts';

export interface ArtifactStoreOptions {
  /** Folder of the store; made when first needed. */
  readonly dir: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly settings?: Partial<DownloadSettings>;
  /** Downloads at a time; further ones wait. Default 3. */
  readonly downloads?: number;
}

/** Files by digest. What stands in it is complete and was compared with its digest before it became visible. */
export interface ArtifactStore {
  /**
   * Path of the artifact, fetched if it is not here. One attempt; it goes on where an earlier one stopped, and calls for one digest
   * share one download. Rejects only when `signal` aborts; the download ends when nobody waits for it any more.
   */
  fetch(
    wanted: WantedArtifact,
    signal: AbortSignal,
    onProgress?: (progress: Progress) => void,
  ): Promise<Result<string, ArtifactFailure>>;
  /** Path of the artifact if it is here. */
  find(digest: Digest): Promise<string | null>;
  /** Bytes that fetching would still write; what came already is counted off. */
  missingBytes(wanted: WantedArtifact): Promise<number>;
  /** Stores bytes that are at hand. */
  put(bytes: Uint8Array): Promise<Result<Digest, ArtifactFailure>>;
  /** Removes every artifact that is not kept, and partial ones that nobody has gone on with for a day. */
  collect(keep: ReadonlySet<Digest>): Promise<void>;
}

/** Nobody says how large it is: a bound all the same. */
const defaults: DownloadSettings = {
  connectMs: 30_000,
  idleMs: 30_000,
  redirects: 5,
  unstatedBytes: 2 ** 30,
};

/** How long a partial file waits for its download to go on, in milliseconds. */
const partialLifeMs = 24 * 3_600_000;

interface Flight {
  readonly result: Promise<Result<string, ArtifactFailure>>;
  readonly abort: AbortController;
  readonly listeners: Set<(progress: Progress) => void>;
  waiting: number;
}

export function createArtifactStore(options: ArtifactStoreOptions): ArtifactStore {
  const { clock, logger } = options;
  const settings = { ...defaults, ...options.settings };
  const queue = new PQueue({ concurrency: options.downloads ?? 3 });
  const whole = join(options.dir, 'sha256');
  const parts = join(options.dir, 'partial');
  const flights = new Map<Digest, Flight>();
  const pathOf = (digest: Digest): string => join(whole, digestHex(digest));
  const partOf = (digest: Digest): string => join(parts, digestHex(digest));
  const find = (digest: Digest): Promise<string | null> =>
    stat(pathOf(digest)).then(
      () => pathOf(digest),
      () => null,
    );

  const prepare = async (): Promise<void> => {
    await mkdir(whole, { recursive: true, mode: 0o700 });
    await mkdir(parts, { recursive: true, mode: 0o700 });
  };

  const run = async (
    wanted: WantedArtifact,
    flight: Omit<Flight, 'result'>,
  ): Promise<Result<string, ArtifactFailure>> => {
    try {
      const found = await find(wanted.digest);
      if (found !== null) return ok(found);
      await prepare();
      const partial = partialFile(partOf(wanted.digest));
      const onProgress = (progress: Progress): void => {
        for (const listener of flight.listeners) listener(progress);
      };
      const { signal } = flight.abort;
      await queue.add(() => download(wanted, partial, { clock, settings, signal, onProgress }), { signal });
      await publish(partial.path, pathOf(wanted.digest));
      await partial.drop();
      logger.debug('artifact fetched', { url: wanted.url, digest: wanted.digest });
      return ok(pathOf(wanted.digest));
    } catch (error) {
      return err(failureFrom(error));
    }
  };

  const takeOff = (wanted: WantedArtifact): Flight => {
    const started = {
      abort: new AbortController(),
      listeners: new Set<(progress: Progress) => void>(),
      waiting: 0,
    };
    const result = run(wanted, started).finally(() => {
      if (flights.get(wanted.digest) === flight) flights.delete(wanted.digest);
    });
    // Whoever left does not hear how it ended.
    result.catch(() => undefined);
    const flight: Flight = Object.assign(started, { result });
    flights.set(wanted.digest, flight);
    return flight;
  };

  return {
    find,
    async fetch(wanted, signal, onProgress) {
      signal.throwIfAborted();
      const flight = flights.get(wanted.digest) ?? takeOff(wanted);
      flight.waiting += 1;
      if (onProgress !== undefined) flight.listeners.add(onProgress);
      try {
        return await raceAbort(flight.result, signal);
      } finally {
        flight.waiting -= 1;
        if (onProgress !== undefined) flight.listeners.delete(onProgress);
        if (flight.waiting === 0) {
          // The next caller starts its own: this one is on its way out.
          if (flights.get(wanted.digest) === flight) flights.delete(wanted.digest);
          flight.abort.abort();
          await flight.result.catch(() => undefined);
        }
      }
    },
    async missingBytes(wanted) {
      if ((await find(wanted.digest)) !== null) return 0;
      return Math.max(0, wanted.size - (await partialFile(partOf(wanted.digest)).length()));
    },
    async put(bytes) {
      try {
        await prepare();
        const digest = sha256(bytes);
        await replaceFile(pathOf(digest), bytes);
        return ok(digest);
      } catch (error) {
        return err(failureFrom(error));
      }
    },
    async collect(keep) {
      for (const name of await readdir(whole).catch(() => [])) {
        if (!/^[0-9a-f]{64}$/.test(name) || !keep.has(digestFromHex(name))) await discard(join(whole, name));
      }
      for (const name of await readdir(parts).catch(() => [])) {
        const hex = name.slice(0, 64);
        const inFlight = /^[0-9a-f]{64}/.test(name) && flights.has(digestFromHex(hex));
        const found = await stat(join(parts, name)).catch(() => null);
        const old = found !== null && clock.now() - found.mtimeMs > partialLifeMs;
        if (!inFlight && old) await rm(join(parts, name), { force: true });
      }
      await syncFolder(whole).catch(() => undefined);
    },
  };
}

/** Renamed first: a crash while a large file goes leaves no half of it under a digest. */
async function discard(path: string): Promise<void> {
  const gone = `${path}.gone`;
  await rename(path, gone).catch(() => undefined);
  await rm(gone, { recursive: true, force: true });
}
