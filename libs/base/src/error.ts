// SPDX-License-Identifier: Apache-2.0
import { codeInfo, type Code } from './codes/index.ts';

export interface ErrorFields {
  readonly code: Code;
  readonly message: string;
  /** The way out, as an order to the reader. Absent: the code's own hint. */
  readonly hint?: string;
  readonly cause?: unknown;
  /** Where it happened, and with what: path, device, commit… Never a secret. */
  readonly details?: Readonly<Record<string, string | number>>;
}

/** The one error that Fairlead throws. Callers branch on `code`, never on the message. */
export class FairleadError extends Error {
  override readonly name = 'FairleadError';
  readonly code: Code;
  readonly hint: string;
  readonly details: Readonly<Record<string, string | number>>;

  constructor(fields: ErrorFields) {
    super(fields.message, fields.cause === undefined ? undefined : { cause: fields.cause });
    this.code = fields.code;
    this.hint = fields.hint ?? codeInfo(fields.code).hint;
    this.details = fields.details ?? {};
  }

  /** The one door from 'anything thrown' to a typed error: ours pass unchanged, the rest become `fallback`. */
  static from(thrown: unknown, fallback: Code = 'internal'): FairleadError {
    if (thrown instanceof FairleadError) return thrown;
    const message = thrown instanceof Error ? thrown.message : String(thrown);
    return new FairleadError({ code: fallback, message, cause: thrown });
  }
}

/** Node's errno name (`ENOENT`, …) of something thrown, where it has one. */
export function errnoOf(thrown: unknown): string | undefined {
  if (!(thrown instanceof Error) || !('code' in thrown)) return undefined;
  return typeof thrown.code === 'string' ? thrown.code : undefined;
}
