// SPDX-License-Identifier: Apache-2.0
import { formatSize } from '@fairlead/base';
import type { ParsedFile } from '@fairlead/spec';
import type { CompileInput } from './compile-types.ts';
import type { Findings } from './findings.ts';
import type { UsedCache } from './used-cache.ts';

/** A file of the commit of which at least a part has the form of `T`. */
export interface Loaded<T> {
  readonly file: string;
  readonly oid: string;
  /** Without what lacks the form; see `faulty`. */
  readonly value: T;
  readonly faulty: ReadonlySet<string>;
}

/** How one kind of file is read. Equal blobs of one kind are parsed once. */
interface FileKind<T> {
  readonly kind: string;
  readonly maxBytes: number;
  readonly parse: (bytes: Uint8Array) => ParsedFile<T>;
}

/** Reads files of one commit. */
export interface Loader {
  /** Texts of all files that were loaded, by path. */
  readonly texts: Map<string, string>;
  /** In the order of the paths; undefined where there is no file, or none that can be used. What is wrong goes to `findings`. */
  readonly load: <T>(
    paths: readonly string[],
    kind: FileKind<T>,
    findings: Findings,
  ) => Promise<readonly (Loaded<T> | undefined)[]>;
}

export function createLoader(input: CompileInput, parsed: UsedCache<ParsedFile<unknown>>): Loader {
  const texts = new Map<string, string>();
  const oidOf = (path: string): string | undefined => {
    const entry = input.files.get(path);
    return entry?.kind === 'file' ? entry.oid : undefined;
  };
  return {
    texts,
    async load<T>(paths: readonly string[], { kind, maxBytes, parse }: FileKind<T>, findings: Findings) {
      const files = new Map(
        paths.flatMap((path) => oidOf(path) ?? []).map((oid) => [oid, parsed.get(`${kind} ${oid}`)]),
      );
      const unknown = [...files].filter(([, file]) => file === undefined).map(([oid]) => oid);
      const blobs =
        unknown.length === 0 ? new Map<string, Uint8Array>() : await input.read(unknown, maxBytes);
      for (const oid of unknown) {
        const bytes = blobs.get(oid);
        if (bytes === undefined || bytes.byteLength > maxBytes) continue;
        const file = parse(bytes);
        files.set(oid, file);
        parsed.set(`${kind} ${oid}`, file);
      }
      return paths.map((path) => {
        const oid = oidOf(path);
        if (oid === undefined) return undefined;
        const file = files.get(oid) as ParsedFile<T> | undefined;
        if (file === undefined) {
          const message = `the file is larger than ${formatSize(maxBytes)}`;
          findings.add({ file: path, pointer: '' }, '', { code: 'file-too-large', message });
          return undefined;
        }
        const { value, faulty, text } = file;
        texts.set(path, text);
        findings.addFile(path, file);
        return value === undefined ? undefined : { file: path, oid, value, faulty };
      });
    },
  };
}
