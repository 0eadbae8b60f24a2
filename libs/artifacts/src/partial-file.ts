// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, readFile, rm, stat, type FileHandle } from 'node:fs/promises';
import { digestFromHex, type Digest } from '@fairlead/base';

/** Where the bytes so far came from: a tag of one host says nothing about the files of another. */
interface Origin {
  readonly url: string;
  readonly tag: string | null;
}

/** What has come of one download so far. It outlives the process; a crash costs nothing but the bytes in flight. */
export interface PartialFile {
  readonly path: string;
  length(): Promise<number>;
  /** Strong entity tag of the host's file that the bytes belong to, if it came from this URL. */
  tag(url: string): Promise<string | null>;
  /** Opened for appending; `fresh` empties it first and notes where the bytes come from. */
  append(fresh: Origin | null): Promise<FileHandle>;
  hashes(): Promise<{ readonly digest: Digest; readonly md5: string }>;
  drop(): Promise<void>;
}

export function partialFile(path: string): PartialFile {
  const notes = `${path}.json`;
  return {
    path,
    length: () =>
      stat(path).then(
        (found) => found.size,
        () => 0,
      ),
    async tag(url) {
      const text = await readFile(notes, 'utf8').catch(() => '');
      const [noted, tag] = text.split('\n');
      return noted === url && tag !== undefined && tag !== '' ? tag : null;
    },
    async append(fresh) {
      if (fresh === null) return open(path, 'a', 0o600);
      const file = await open(path, 'w', 0o600);
      // After the old bytes are gone, so that a crash between never joins them to the new tag.
      const note = await open(notes, 'w', 0o600);
      await note.writeFile(`${fresh.url}\n${fresh.tag ?? ''}`);
      await note.close();
      return file;
    },
    async hashes() {
      const strong = createHash('sha256');
      const weak = createHash('md5');
      for await (const chunk of createReadStream(path, { highWaterMark: 256 * 1024 })) {
        strong.update(chunk as Buffer);
        weak.update(chunk as Buffer);
      }
      return { digest: digestFromHex(strong.digest('hex')), md5: weak.digest('hex') };
    },
    async drop() {
      await rm(path, { force: true });
      await rm(notes, { force: true });
    },
  };
}
