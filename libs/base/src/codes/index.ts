// SPDX-License-Identifier: Apache-2.0
import { applyCodes } from './apply-codes.ts';
import { auditCodes } from './audit-codes.ts';
import type { CodeInfo } from './code-info.ts';
import { identityCodes } from './identity-codes.ts';
import { languageCodes } from './language-codes.ts';
import { programCodes } from './program-codes.ts';
import { remoteCodes } from './remote-codes.ts';
import { repositoryCodes } from './repository-codes.ts';
import { trustCodes } from './trust-codes.ts';

export type TrustCode = keyof typeof trustCodes;
export type ApplyCode = keyof typeof applyCodes;
type RemoteCode = keyof typeof remoteCodes;
export type RepositoryCode = keyof typeof repositoryCodes;
export type ProgramCode = keyof typeof programCodes;
type IdentityCode = keyof typeof identityCodes;
export type LanguageCode = keyof typeof languageCodes;
/** Given to findings of an audit alone. */
type AuditCode = keyof typeof auditCodes;

/** The one closed list of every refusal, failure, pending state and diagnostic. */
export type Code =
  TrustCode | ApplyCode | RemoteCode | RepositoryCode | ProgramCode | IdentityCode | LanguageCode | AuditCode;

const table: Readonly<Record<Code, CodeInfo>> = {
  ...trustCodes,
  ...applyCodes,
  ...remoteCodes,
  ...repositoryCodes,
  ...programCodes,
  ...identityCodes,
  ...languageCodes,
  ...auditCodes,
};

export function codeInfo(code: Code): CodeInfo {
  return table[code];
}

export function isCode(text: string): text is Code {
  return Object.hasOwn(table, text);
}

/** Every code, in the order of the tables. */
export function allCodes(): readonly Code[] {
  return Object.keys(table).filter(isCode);
}
