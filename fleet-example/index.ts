// SPDX-License-Identifier: Apache-2.0
export { copyFleet, placeholderHost, type CopyOptions } from './copy.ts';
export { edit, touchesEveryDevice, type Edit } from './demo/change.ts';
export {
  createDemoFleet,
  type DemoDevice,
  type DemoFleet,
  type DemoFleetOptions,
  type DemoServer,
  type ProgramFlags,
  type ServerFlags,
} from './demo/fleet.ts';
export type { ProgramProcess } from './demo/process.ts';
export { removeGroups } from './demo/control-groups.ts';
export { jobProcess, processesIn, startTime, type JobProcess } from './demo/processes-in.ts';
export { askProgram, programs, runProgram, type ProgramAnswer, type ProgramName } from './demo/programs.ts';
export { createReceiptReader, type ReceiptReader } from './demo/receipts.ts';
export { commitAll, initRepository, type Commit } from './demo/repository.ts';
export { watchStatus } from './demo/watch-status.ts';
export { buildImages, exampleDir, type BuiltFile } from './images.ts';
export { serveImages, type ImageHost } from './serve-images.ts';
