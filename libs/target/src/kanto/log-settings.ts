// SPDX-License-Identifier: Apache-2.0
import { err, ok, type Result } from '@fairlead/base';
import type { ContainerLog } from '../container-settings.ts';
import type { ConfigReader, Read } from './config-reader.ts';
import { parseBytes, parseCount } from './plain-values.ts';
import { oneOf, parseFolder } from './words.ts';

/** Kanto's own. */
const logDefaults = { files: 2, fileBytes: 100 * 2 ** 20, bufferBytes: 2 ** 20 } as const;

const parseDriver = oneOf('json-file', 'none');
const parseMode = oneOf('blocking', 'non-blocking');

export function readLog(reader: ConfigReader): ContainerLog {
  const driver = reader.one('logDriver', parseDriver)?.value ?? 'json-file';
  const files = reader.one('logMaxFiles', parseFiles);
  const fileBytes = reader.one('logMaxSize', parseBytes);
  const folder = reader.one('logPath', parseFolder);
  const mode = reader.one('logMode', parseMode);
  const buffer = reader.one('logMaxBufferSize', parseBytes);
  const refuse = (without: string, entries: readonly (Read<unknown> | undefined)[]): void => {
    for (const entry of entries) {
      if (entry === undefined) continue;
      reader.refuse(entry, {
        code: 'conflicting-settings',
        message: `this says nothing with the ${without}`,
        hint: `Remove it, or the ${without}.`,
      });
    }
  };
  if (driver === 'none') {
    const blocking = mode?.value === 'blocking' ? undefined : mode;
    refuse('logDriver none', [
      unless(files, logDefaults.files),
      unless(fileBytes, logDefaults.fileBytes),
      folder,
      blocking,
      buffer,
    ]);
    return { kind: 'none' };
  }
  const blocking = mode?.value !== 'non-blocking';
  if (blocking) refuse('logMode blocking', [buffer]);
  return {
    kind: 'files',
    files: files?.value ?? logDefaults.files,
    fileBytes: fileBytes?.value ?? logDefaults.fileBytes,
    folder: folder?.value ?? null,
    bufferBytes: blocking ? null : (buffer?.value ?? logDefaults.bufferBytes),
  };
}

/** What only repeats the default contradicts nothing. */
function unless(entry: Read<number> | undefined, value: number): Read<number> | undefined {
  return entry?.value === value ? undefined : entry;
}

/** 0 stands for the default. */
function parseFiles(text: string): Result<number, string> {
  const count = parseCount(text);
  return count.ok ? ok(count.value === 0 ? logDefaults.files : count.value) : err(count.error);
}
