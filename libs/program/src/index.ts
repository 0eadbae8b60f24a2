// SPDX-License-Identifier: Apache-2.0
export { addressFlag, formatAddress, isLoopback, parseAddress, type Address } from './address.ts';
export { defineCommand, type AnyCommand, type CommandInput, type CommandSpec } from './command.ts';
export type { Answer, ProgramContext, Terminal } from './context.ts';
export { exitCode, exitCodeOf, type ExitCode } from './exit-code.ts';
export {
  choiceFlag,
  durationFlag,
  optionalDuration,
  optionalText,
  requiredText,
  switchFlag,
  textWithDefault,
  type Flag,
  type Flags,
  type FlagValues,
} from './flags.ts';
export {
  addKeyFiles,
  keyFiles,
  listKeyFiles,
  readKeyFiles,
  writeKeyFolder,
  type KeyFile,
} from './key-folder.ts';
export { runCommandLine } from './program.ts';
export type { ProgramSpec } from './program-spec.ts';
export { openFilesLimit, requireOpenFiles } from './open-files.ts';
export { createProgramLogger, logLevelFlag, type LogLevel, type ProgramLogger } from './program-logger.ts';
export { replaceFile } from './replace-file.ts';
export { runProgram } from './run-program.ts';
export { systemClock } from './system-clock.ts';
