// SPDX-License-Identifier: Apache-2.0

/** Bounds of a target state, as counts and lengths, so that every machine decides alike. Lengths of text are UTF-16 units. */
export const targetLimits = {
  /** Bytes of the whole target state. */
  bytes: 16 * 2 ** 20,
  units: 1_000,
  requires: 1_000,
  args: 1_000,
  env: 1_000,
  members: 1_000,
  configs: 1_000,
  files: 1_000,
  images: 100,
  /** Mounts, devices, ports and the like of one container. */
  settings: 200,
  /** One argument or environment value; Linux takes no longer one (MAX_ARG_STRLEN). */
  argument: 131_071,
  /** Inline data of a config, text for stdin. */
  text: 2 ** 20,
  url: 4_096,
  path: 4_096,
  label: 255,
} as const;

const unitName = /^[A-Za-z0-9](?!.*\.\.)[A-Za-z0-9._-]{0,62}$/;

/** Names of jobs, composites and their members: one path segment on every file system, never '..'. */
export function isUnitName(text: string): boolean {
  return unitName.test(text);
}

/** A path that stays below the folder it is joined to: segments divided by '/', none empty, '.' or '..', no NUL, no backslash. */
export function isRelativePath(text: string): boolean {
  if (text.length === 0 || text.length > targetLimits.path || /[\0\\]/.test(text)) return false;
  return text.split('/').every((segment) => segment !== '' && segment !== '.' && segment !== '..');
}

/** A path from the root in its one writing: no empty segment, no `.` or `..`, no `/` at the end, no NUL. */
export function isAbsolutePath(text: string): boolean {
  return text === '/' || (text.startsWith('/') && isRelativePath(text.slice(1)));
}
