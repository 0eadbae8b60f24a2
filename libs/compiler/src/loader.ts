// SPDX-License-Identifier: Apache-2.0
import { isDevicesPath, sizeLimits, type ParsedFile } from '@fairlead/spec';
import type { CompileInput } from './compile-types.ts';
import type { Findings } from './findings.ts';
import type { UsedCache } from './used-cache.ts';

/** A file of the commit that has at least the form of `T`. */
export interface Loaded<T> {
  readonly file: string;
  readonly oid: string;
  readonly text: string;
  readonly value: T;
}

/** How one kind of file is read. Equal blobs of one kind are parsed once. */
export interface FileKind<T> {
  readonly kind: string;
  readonly parse: (bytes: Uint8Array) => ParsedFile<T>;
}

/** Reads files of one commit; what is wrong with them goes to its findings. */
export interface Loader {
  /** Texts of all files that were loaded, by path. */
  readonly texts: ReadonlyMap<string, string>;
  readonly load: <T>(path: string, kind: FileKind<T>) => Promise<Loaded<T> | undefined>;
  /** Bytes of a file within its limit; undefined where it is none, or too large. */
  readonly bytes: (path: string) => Promise<Uint8Array | undefined>;
}

export function createLoader(input: CompileInput, findings: Findings, parsed: UsedCache<ParsedFile<unknown>>): Loader {
  const texts = new Map<string, string>();
  const bytes: Loader['bytes'] = async (path) => {
    const entry = input.files.get(path);
    if (entry?.kind !== 'file') return undefined;
    const limit = isDevicesPath(path) ? sizeLimits.devices : sizeLimits.other;
    const content = (entry.size ?? 0) > limit ? undefined : await input.read(entry.oid, limit);
    if (content !== undefined && content.byteLength <= limit) return content;
    const message = `the file is larger than ${String(limit / 2 ** 20)} MiB`;
    findings.add({ file: path, pointer: '' }, '', { code: 'file-too-large', message });
    return undefined;
  };
  return {
    texts,
    bytes,
    async load<T>(path: string, { kind, parse }: FileKind<T>) {
      const entry = input.files.get(path);
      if (entry?.kind !== 'file') return undefined;
      const { oid } = entry;
      let file = parsed.get(`${kind} ${oid}`) as ParsedFile<T> | undefined;
      if (file === undefined) {
        const content = await bytes(path);
        if (content === undefined) return undefined;
        file = parse(content);
        parsed.set(`${kind} ${oid}`, file);
      }
      texts.set(path, file.text);
      findings.addProblems(path, file.problems);
      return file.value === undefined ? undefined : { file: path, oid, text: file.text, value: file.value };
    },
  };
}
