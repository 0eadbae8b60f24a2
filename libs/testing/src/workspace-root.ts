// SPDX-License-Identifier: Apache-2.0
import { resolve } from 'node:path';

/** Top of the checkout. */
export const workspaceRoot = resolve(import.meta.dirname, '../../..');
