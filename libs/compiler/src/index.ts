// SPDX-License-Identifier: Apache-2.0
export { checkRunningConfig, type CheckedRunningConfig } from './check-running.ts';
export type {
  CommitFile,
  Compiled,
  CompiledDevice,
  CompileInput,
  Compiler,
  CompileResult,
  References,
  Refused,
} from './compile-types.ts';
export { createCompiler } from './compiler.ts';
