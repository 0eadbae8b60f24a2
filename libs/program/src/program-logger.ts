// SPDX-License-Identifier: Apache-2.0
import type { LogData, Logger } from '@fairlead/base';
import { pino } from 'pino';
import type { Terminal } from './context.ts';
import { choiceFlag } from './flags.ts';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

export interface ProgramLoggerOptions {
  /** Stands in every line. */
  readonly name: string;
  readonly terminal: Pick<Terminal, 'err'>;
  /** Least level that is written. Default: info. */
  readonly level?: LogLevel;
}

export const logLevelFlag = choiceFlag('--log-level <level>', 'what is logged', [
  'info',
  'debug',
  'warn',
  'error',
]);

/** A logger whose level may change while it is in use. */
export interface ProgramLogger extends Logger {
  setLevel(level: LogLevel): void;
}

/** Structured log on standard error, one JSON object a line: time, level, name, msg, and the data beside them. */
export function createProgramLogger({ name, terminal, level = 'info' }: ProgramLoggerOptions): ProgramLogger {
  const log = pino(
    {
      level,
      base: { name },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    // Not pino's own destination: that one buffers, and a program that ends at once would lose its last lines.
    {
      write: (line) => {
        terminal.err(line);
      },
    },
  );
  return {
    setLevel: (next) => {
      log.level = next;
    },
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
