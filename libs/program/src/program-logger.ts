// SPDX-License-Identifier: Apache-2.0
import type { LogData, Logger } from '@fairlead/base';
import { pino } from 'pino';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** Structured log on standard error, one JSON object a line. Written synchronously: a crash loses nothing. */
export function createProgramLogger(options: { readonly name: string; readonly level: LogLevel }): Logger {
  const log = pino(
    { name: options.name, level: options.level, base: null, timestamp: pino.stdTimeFunctions.isoTime },
    pino.destination({ fd: 2, sync: true }),
  );
  return {
    debug: (message: string, data?: LogData) => {
      log.debug(data ?? {}, message);
    },
    info: (message: string, data?: LogData) => {
      log.info(data ?? {}, message);
    },
    warn: (message: string, data?: LogData) => {
      log.warn(data ?? {}, message);
    },
    error: (message: string, data?: LogData) => {
      log.error(data ?? {}, message);
    },
  };
}
