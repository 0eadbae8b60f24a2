// SPDX-License-Identifier: Apache-2.0

/** Whether a full reference name follows git-check-ref-format, so that it may be a path below a repository's folder. */
export function isSafeRefName(name: string): boolean {
  return (
    name.startsWith('refs/') &&
    name.length <= 1024 &&
    !/[\x00-\x20\x7f~^:?*[\\]|\.\.|@\{|\/\/|\/$|\.$/.test(name) &&
    name.split('/').every((part) => !part.startsWith('.') && !part.endsWith('.lock') && part.length <= 255)
  );
}
