// SPDX-License-Identifier: Apache-2.0

/** Structured log: a fixed message, the data beside it. Never a secret in either. */
export interface Logger {
  debug(message: string, data?: LogData): void;
  info(message: string, data?: LogData): void;
  warn(message: string, data?: LogData): void;
  error(message: string, data?: LogData): void;
}

export type LogData = Readonly<Record<string, unknown>>;

const nothing = (): void => undefined;

export const silentLogger: Logger = { debug: nothing, info: nothing, warn: nothing, error: nothing };
