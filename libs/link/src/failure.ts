// SPDX-License-Identifier: Apache-2.0
import { Metadata, type ServiceError } from '@grpc/grpc-js';
import { codeInfo, FairleadError, isCode, type Code } from '@fairlead/base';
import { codeKey, retryAfterKey, type Goodbye, type GoodbyeReason } from '@fairlead/wire';

/** Why something could not be had, as a value. */
export interface Failure {
  readonly code: Code;
  readonly message: string;
  /** When to try again, in milliseconds, where the server says so. */
  readonly retryAfterMs?: number;
}

export function failureOfThrown(thrown: unknown): Failure {
  if (isServiceError(thrown)) {
    const [code] = thrown.metadata.get(codeKey);
    const after = Number(thrown.metadata.get(retryAfterKey)[0] ?? NaN);
    const known = typeof code === 'string' && isCode(code) ? code : 'no-server';
    const message = thrown.details === '' ? thrown.message : thrown.details;
    return after >= 0 ? { code: known, message, retryAfterMs: after } : { code: known, message };
  }
  const { code, message } = FairleadError.from(thrown);
  return { code, message };
}

/** The way out of what was thrown: its own, or that of its code. */
export function hintOf(thrown: unknown): string {
  return thrown instanceof FairleadError ? thrown.hint : codeInfo(failureOfThrown(thrown).code).hint;
}

function isServiceError(thrown: unknown): thrown is ServiceError {
  return thrown instanceof Error && 'metadata' in thrown && thrown.metadata instanceof Metadata;
}

/** What a Goodbye means for the device; null: nothing that it should mind. */
export function goodbyeFailure(goodbye: Goodbye): Failure | null {
  const code = codes[goodbye.reason];
  return code === null ? null : { code, message: goodbye.message };
}

const codes: Readonly<Record<GoodbyeReason, Code | null>> = {
  'shutting-down': null,
  'not-in-fleet': 'not-in-fleet',
  'agent-too-old': 'agent-too-old',
  replaced: 'duplicate-identity',
  'duplicate-identity': 'duplicate-identity',
  revoked: 'certificate-revoked',
  'protocol-error': 'internal',
  unavailable: 'no-server',
  'certificate-expired': 'certificate-expired',
  unknown: null,
};
