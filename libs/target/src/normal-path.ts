// SPDX-License-Identifier: Apache-2.0
import { isAbsolutePath } from './limits.ts';

/** A path from the root in its one writing, or undefined where it is none or holds `..`, whose meaning hangs on links. */
export function normalPath(text: string): string | undefined {
  if (!text.startsWith('/')) return undefined;
  const path = `/${text
    .split('/')
    .filter((segment) => segment !== '' && segment !== '.')
    .join('/')}`;
  return isAbsolutePath(path) ? path : undefined;
}
