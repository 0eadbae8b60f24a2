// SPDX-License-Identifier: Apache-2.0
import { crc32, deflateRawSync } from 'node:zlib';

export interface TarItem {
  readonly name: string;
  /** typeflag of POSIX ustar; '0' if absent. */
  readonly type?: string;
  readonly mode?: number;
  readonly link?: string;
  readonly content?: string | Buffer;
  /** Stated instead of the content's own length. */
  readonly size?: number;
  readonly prefix?: string;
}

/** A ustar archive, byte by byte (POSIX.1-1988): whatever is asked for, also what no tool would write. */
export function tar(items: readonly TarItem[], end = true): Buffer {
  return Buffer.concat([...items.map(tarItem), end ? Buffer.alloc(1024) : Buffer.alloc(0)]);
}

function tarItem(item: TarItem): Buffer {
  const content = Buffer.from(item.content ?? '');
  const size = item.size ?? content.length;
  const header = Buffer.alloc(512);
  header.write(item.name, 0, 100, 'utf8');
  header.write(octal(item.mode ?? 0o644, 7), 100);
  header.write(octal(0, 7), 108);
  header.write(octal(0, 7), 116);
  header.write(octal(size, 11), 124);
  header.write(octal(0, 11), 136);
  header.fill(' ', 148, 156);
  header.write(item.type ?? '0', 156);
  header.write(item.link ?? '', 157, 100, 'utf8');
  header.write('ustar\u000000', 257, 'latin1');
  header.write(item.prefix ?? '', 345, 130, 'utf8');
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${octal(sum, 6)}\0 `, 148, 'latin1');
  return Buffer.concat([header, content, Buffer.alloc((512 - (content.length % 512)) % 512)]);
}

function octal(value: number, digits: number): string {
  return value.toString(8).padStart(digits, '0');
}

/** A pax extended header (type 'x') for the entry that follows. */
export function pax(fields: Readonly<Record<string, string>>): TarItem {
  const lines = Object.entries(fields).map(([key, value]) => {
    const rest = ` ${key}=${value}\n`;
    let length = Buffer.byteLength(rest) + 1;
    while (String(length).length + Buffer.byteLength(rest) !== length) length += 1;
    return `${String(length)}${rest}`;
  });
  return { name: 'pax', type: 'x', content: lines.join('') };
}

export interface ZipItem {
  readonly name: string;
  /** st_mode of Unix, with its type bits; a plain file if absent. */
  readonly mode?: number;
  readonly content?: string | Buffer;
  readonly deflate?: boolean;
  /** Stated instead of the content's own length. */
  readonly size?: number;
  readonly flags?: number;
}

/** A zip archive, byte by byte (APPNOTE 6.3). */
export function zip(items: readonly ZipItem[]): Buffer {
  const locals: Buffer[] = [];
  const central: Buffer[] = [];
  let offset = 0;
  for (const item of items) {
    const content = Buffer.from(item.content ?? '');
    const stored = item.deflate === true ? deflateRawSync(content) : content;
    const name = Buffer.from(item.name, 'utf8');
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(item.flags ?? 0, 2);
    common.writeUInt16LE(item.deflate === true ? 8 : 0, 4);
    common.writeUInt32LE(crc32(content), 10);
    common.writeUInt32LE(stored.length, 14);
    common.writeUInt32LE(item.size ?? content.length, 18);
    common.writeUInt16LE(name.length, 22);
    const local = Buffer.concat([Buffer.from('PK\u0003\u0004', 'latin1'), common, name, stored]);
    const attributes = Buffer.alloc(14);
    attributes.writeUInt32LE(((item.mode ?? 0o100644) << 16) >>> 0, 6);
    attributes.writeUInt32LE(offset, 10);
    const madeBy = Buffer.from([20, 3]);
    central.push(Buffer.concat([Buffer.from('PK\u0001\u0002', 'latin1'), madeBy, common, attributes, name]));
    locals.push(local);
    offset += local.length;
  }
  const directory = Buffer.concat(central);
  const end = Buffer.alloc(22);
  end.write('PK\u0005\u0006', 0, 'latin1');
  end.writeUInt16LE(items.length, 8);
  end.writeUInt16LE(items.length, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...locals, directory, end]);
}
