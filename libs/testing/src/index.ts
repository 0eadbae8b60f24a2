// SPDX-License-Identifier: Apache-2.0
export { conformanceDir } from './conformance.ts';
export {
  canRunEngines,
  startContainerEngine,
  type ContainerEngine,
  type EngineImage,
  type EngineName,
} from './container-engine.ts';
export { createFakeClock, type FakeClock } from './fake-clock.ts';
export { startGitHttp, type GitHttp, type GitHttpOptions } from './git-http.ts';
export { git, gitEnv } from './git-sandbox.ts';
export { startProgram, type ProgramEnd, type ProgramOptions, type RunningProgram } from './program.ts';
export {
  hasRegistry,
  registryLogin,
  startRegistry,
  type IndexEntry,
  type PushedImage,
  type Registry,
  type RegistryOptions,
} from './registry.ts';
export { run, runOk, type Ran, type RunOptions } from './run.ts';
export { selfSigned } from './self-signed.ts';
export { createSilencer, type Silencer } from './silencer.ts';
export { systemClock } from './system-clock.ts';
export { tempDir } from './temp-dir.ts';
export { waitFor, type WaitOptions } from './wait-for.ts';
export { workspaceRoot } from './workspace-root.ts';
