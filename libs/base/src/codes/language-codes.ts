// SPDX-License-Identifier: Apache-2.0
import { fileCodes } from './file-codes.ts';
import { fleetCodes } from './fleet-codes.ts';
import { placeholderCodes } from './placeholder-codes.ts';
import { referenceCodes } from './reference-codes.ts';
import { unitCodes } from './unit-codes.ts';

/** What a file of the fleet repository can have wrong: codes of diagnostics. */
export const languageCodes = {
  ...fileCodes,
  ...fleetCodes,
  ...referenceCodes,
  ...placeholderCodes,
  ...unitCodes,
} as const;
