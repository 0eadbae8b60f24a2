// SPDX-License-Identifier: Apache-2.0
import { Header } from 'tar/header';
import { Pax } from 'tar/pax';
import { brokenArchive } from './broken-archive.ts';
import { readBytes, type ByteReader } from './byte-reader.ts';
import { plainBytes } from './compression.ts';
import { unsafe } from './entry-path.ts';
import type { ArchiveEntry, UnpackLimits } from './entry-writer.ts';

const block = 512;

/** Long names and extended headers are small; whatever is larger wants to fill memory. */
const longestMeta = 64 * 1024;

/** What headers and padding may add to the files of one entry, in bytes. */
const overhead = 4096;

/** Entries of a tar, tar.gz or tar.zst in their order. A file's body must be read before the next entry is asked for. */
export async function* tarEntries(
  path: string,
  limits: Required<Pick<UnpackLimits, 'bytes' | 'entries'>>,
  signal: AbortSignal,
): AsyncGenerator<ArchiveEntry> {
  const source = plainBytes(path, signal);
  try {
    const reader = readBytes(source, limits.bytes + limits.entries * overhead);
    yield* parse(reader, limits.entries);
  } finally {
    await source.return(undefined);
  }
}

async function* parse(reader: ByteReader, mostHeaders: number): AsyncGenerator<ArchiveEntry> {
  let shared: Pax | undefined;
  /** What earlier blocks say about the entry to come, in whichever of the two ways. */
  let ahead: Pax | undefined;
  let headers = 0;
  let any = false;
  for (;;) {
    const bytes = await reader.read(block);
    if (bytes === null) break;
    const header = decode(bytes, ahead, shared);
    if (header.nullBlock) break;
    any = true;
    headers += 1;
    // Extended headers stand beside entries, two or three each at most.
    if (headers > 4 * mostHeaders + 4) throw brokenArchive('it holds too many headers', 'archive-unsafe');
    const size = header.size ?? 0;
    switch (header.type) {
      case 'ExtendedHeader':
      case 'OldExtendedHeader':
        ahead = Pax.parse(await meta(reader, size), ahead);
        continue;
      case 'GlobalExtendedHeader':
        shared = Pax.parse(await meta(reader, size), shared, true);
        continue;
      case 'NextFileHasLongPath':
      case 'OldGnuLongPath':
        ahead = extend(ahead, 'path', await meta(reader, size));
        continue;
      case 'NextFileHasLongLinkpath':
        ahead = extend(ahead, 'linkpath', await meta(reader, size));
        continue;
      default:
        yield* entry(reader, header, size, ahead);
        ahead = undefined;
    }
  }
  if (!any) throw brokenArchive('it holds no entry');
}

async function* entry(
  reader: ByteReader,
  header: Header,
  size: number,
  ahead: Pax | undefined,
): AsyncGenerator<ArchiveEntry> {
  // The header itself puts its prefix before an extended name and forgets an extended link.
  const name = ahead?.path ?? header.path ?? '';
  const mode = header.mode ?? 0o644;
  const target = ahead?.linkpath ?? header.linkpath ?? '';
  switch (header.type) {
    case 'File':
    case 'OldFile':
    case 'ContiguousFile': {
      let left = size;
      const body = async function* (): AsyncGenerator<Buffer> {
        for await (const part of reader.stream(size)) {
          left -= part.length;
          yield part;
        }
      };
      yield { kind: 'file', name, mode, body: body() };
      if (left > 0) throw brokenArchive('a file was not read to its end');
      await reader.skip(padding(size));
      return;
    }
    case 'Directory':
      yield { kind: 'folder', name, mode };
      return;
    case 'SymbolicLink':
    case 'Link':
      yield { kind: header.type === 'Link' ? 'hardlink' : 'symlink', name, target };
      // Some writers repeat the content of a hard link.
      await reader.skip(size + padding(size));
      return;
    default:
      throw unsafe(name, `it is neither file, folder nor link (${header.type})`);
  }
}

function decode(bytes: Buffer, extended: Pax | undefined, shared: Pax | undefined): Header {
  let header: Header;
  try {
    header = new Header(bytes, 0, extended, shared);
  } catch (error) {
    throw brokenArchive('a header is malformed', 'archive-broken', error);
  }
  if (!header.nullBlock && !header.cksumValid) throw brokenArchive('the checksum of a header is wrong');
  return header;
}

async function meta(reader: ByteReader, size: number): Promise<string> {
  if (size > longestMeta) throw brokenArchive('a name or extended header is too long', 'archive-unsafe');
  if (size === 0) return '';
  const bytes = await reader.read(size);
  if (bytes === null) throw brokenArchive('it ends in the middle of a header');
  await reader.skip(padding(size));
  const text = bytes.toString('utf8');
  // The body of a sparse file is a map and fragments; taken as a plain file it would be garbage.
  if (text.includes('GNU.sparse.')) throw brokenArchive('it holds a sparse file', 'archive-unsafe');
  return text;
}

function padding(size: number): number {
  return (block - (size % block)) % block;
}

/** GNU's long names stand in a block of their own, ended by a NUL. */
function extend(ahead: Pax | undefined, field: 'path' | 'linkpath', text: string): Pax {
  const extended = new Pax(ahead ?? {});
  const end = text.indexOf('\0');
  extended[field] = end === -1 ? text : text.slice(0, end);
  return extended;
}
