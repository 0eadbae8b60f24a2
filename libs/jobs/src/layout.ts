// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { digestHex, type Digest } from '@fairlead/base';
import type { JobChroot, JobImage, JobMember } from '@fairlead/target';

/**
 * Where things stand. Names of units and members are single path segments by the grammar of the target state; names of configs
 * are written so that they become one.
 *
 *     <dir>/keeper                               the keeper's program
 *     <dir>/images/<key>/…                       unpacked images, shared by all versions that name the same bytes
 *     <dir>/image-records/<key>                  what was unpacked, to see whether it was changed
 *     <dir>/units/<unit>/current                 link to the version that is switched on
 *     <dir>/units/<unit>/versions/<hex>/unit.json
 *     <dir>/units/<unit>/versions/<hex>/configs/<member>/<config>/{data,<files…>}
 *     <dir>/units/<unit>/versions/<hex>/root/…   its root folder, with the configs in it, where its image is one
 *     <dir>/units/<unit>/work                    working folder of the job; stays from version to version
 *     <runDir>/<unit>/<n>/                       the n-th run: its record, stdin and status
 *     <logDir>/<unit>/{stdout,stderr}.log[.1…]
 */
export interface Layout {
  readonly keeper: string;
  readonly images: string;
  readonly units: string;
  readonly imageRecords: string;
  image(image: JobImage): string;
  imageRecord(image: JobImage): string;
  unit(unit: string): string;
  versions(unit: string): string;
  version(unit: string, digest: Digest): string;
  current(unit: string): string;
  work(unit: string): string;
  runs(unit: string): string;
  logs(unit: string): string;
}

export function createLayout(dir: string, runDir: string, logDir: string): Layout {
  const units = join(dir, 'units');
  const images = join(dir, 'images');
  const imageRecords = join(dir, 'image-records');
  const unit = (name: string): string => join(units, name);
  return {
    keeper: join(dir, 'keeper'),
    images,
    units,
    imageRecords,
    image: (image) => join(images, imageKey(image)),
    imageRecord: (image) => join(imageRecords, imageKey(image)),
    unit,
    versions: (name) => join(unit(name), 'versions'),
    version: (name, digest) => join(unit(name), 'versions', digestHex(digest)),
    current: (name) => join(unit(name), 'current'),
    work: (name) => join(unit(name), 'work'),
    runs: (name) => join(runDir, name),
    logs: (name) => join(logDir, name),
  };
}

/** Folder of a version's configs: within its root folder where it has one of its own, so that the job sees them there. */
export function configsFolder(version: string, chroot: JobChroot): string {
  return chroot.kind === 'image' ? join(version, 'root', insideConfigs) : join(version, 'configs');
}

/** Name of the folder of the configs in a root folder. */
export const insideConfigs = 'fairlead-configs';

/** `configs`: the folder of the version's configs. Folder of a member's config: `data` holds its inline data, its files stand beside under their own paths. */
export function configFolder(configs: string, member: string, config: string): string {
  return join(configs, member, safeSegment(config));
}

/** What `{{CONFIG}}` stands for: the config in use, or where the configs are if none is. */
export function usedConfigFolder(configs: string, member: JobMember): string {
  return member.config === null
    ? join(configs, member.name)
    : configFolder(configs, member.name, member.config);
}

/** Name of an unpacked image: what is in it follows from bytes and format, and for a plain file from its name too. */
function imageKey(image: JobImage): string {
  const hex = digestHex(image.digest);
  if (image.format !== 'file') return `${hex}.${image.format}`;
  return `${hex}.${createHash('sha256').update(imageFileName(image)).digest('hex').slice(0, 16)}`;
}

/** Name of an image that is a plain file, within its folder: the last part of its URL. */
export function imageFileName(image: JobImage): string {
  return safeSegment(
    URL.parse(image.url)
      ?.pathname.split('/')
      .findLast((part) => part !== '') ?? 'image',
  );
}

/** One path segment for any text, different for different texts: what is not plain is written as %XX. */
export function safeSegment(text: string): string {
  const plain = Buffer.from(text, 'utf8').reduce(
    (so, byte) =>
      so + (/[A-Za-z0-9_.-]/.test(String.fromCharCode(byte)) ? String.fromCharCode(byte) : hexByte(byte)),
    '',
  );
  const visible = plain.startsWith('.') ? `${hexByte(0x2e)}${plain.slice(1)}` : plain;
  if (visible.length <= 200 && visible !== '') return visible;
  return `${visible.slice(0, 100)}%${createHash('sha256').update(text).digest('hex')}`;
}

function hexByte(byte: number): string {
  return `%${byte.toString(16).padStart(2, '0').toUpperCase()}`;
}
