// SPDX-License-Identifier: Apache-2.0

/** A file of an archive. */
export interface CpioFile {
  readonly contents: Uint8Array;
  readonly executable: boolean;
}

const typeFolder = 0o040000;
const typeFile = 0o100000;
const typeCharacterDevice = 0o020000;

/**
 * A cpio archive of form "newc", as the kernel unpacks it into its first file system (initramfs-buffer-format.rst), of files by
 * absolute path. It holds the folders above them and `/dev/console`, without which the first process has no output. Archives may
 * follow one another: later ones add to earlier ones.
 */
export function cpioArchive(files: ReadonlyMap<string, CpioFile>): Buffer {
  const parts: Uint8Array[] = [];
  let inode = 0;
  const put = (
    name: string,
    mode: number,
    contents: Uint8Array = new Uint8Array(),
    device = [0, 0],
  ): void => {
    inode += 1;
    const label = Buffer.from(`${name}\0`);
    // Inode, mode, uid, gid, links, time, size, device of the file, device that it is, length of the name, checksum.
    const fields = [inode, mode, 0, 0, 1, 0, contents.length, 0, 0, ...device, label.length, 0];
    const header = Buffer.from(
      `070701${fields.map((field) => field.toString(16).padStart(8, '0')).join('')}`,
    );
    parts.push(header, label, padding(header.length + label.length), contents, padding(contents.length));
  };
  for (const folder of foldersOf([...files.keys(), '/dev/console'])) put(folder, typeFolder | 0o755);
  put('dev/console', typeCharacterDevice | 0o600, undefined, [5, 1]);
  for (const [path, { contents, executable }] of files)
    put(path.slice(1), typeFile | (executable ? 0o755 : 0o644), contents);
  put('TRAILER!!!', 0);
  return Buffer.concat(parts);
}

/** Every folder above these absolute paths, each before those below it, without the first slash. */
function foldersOf(paths: readonly string[]): ReadonlySet<string> {
  const folders = new Set<string>();
  for (const path of paths) {
    const names = path.slice(1).split('/').slice(0, -1);
    for (const [index] of names.entries()) folders.add(names.slice(0, index + 1).join('/'));
  }
  return folders;
}

/** What follows so many bytes up to the next multiple of four. */
function padding(length: number): Uint8Array {
  return new Uint8Array(-length & 3);
}
