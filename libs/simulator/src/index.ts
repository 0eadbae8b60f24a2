// SPDX-License-Identifier: Apache-2.0
export { openByteStream, type ByteStream, type ByteStreamHandlers } from './byte-stream.ts';
export { defaultBehaviour, type Behaviour } from './behaviour.ts';
export type { FleetCounts } from './counts.ts';
export type { DeviceMemory } from './device-memory.ts';
export { dial } from './dial.ts';
export { enrollIdentities, type EnrollOptions, type EnrollPorts } from './enroll.ts';
export type { Disconnected, SimulatedEvent } from './events.ts';
export { generatedFleet } from './generated-fleet.ts';
export { simulatedDeviceId, type FleetAnchor, type SimulatedIdentity } from './identity.ts';
export { issueIdentities } from './issue.ts';
export type { Quantiles } from './latencies.ts';
export {
  createSimulatedFleet,
  type SimulatedFleet,
  type SimulatedFleetOptions,
  type SimulatedFleetPorts,
} from './simulated-fleet.ts';
export { openStateFolder, type StateFolder } from './state-folder.ts';
