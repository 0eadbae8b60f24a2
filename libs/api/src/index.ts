// SPDX-License-Identifier: Apache-2.0
export { createDeviceDoors, type DeviceDoors } from './device-doors.ts';
export {
  createMetrics,
  type GatewayFigures,
  type Meter,
  type Metrics,
  type MetricsSources,
} from './metrics.ts';
export { createOperatorService, type OperatorServiceHandlers } from './operator-service.ts';
export { createPeopleDoors, type PeopleDoors, type PeopleDoorsOptions } from './people-doors.ts';
export type {
  DeviceDoorsPorts,
  EnrolmentSource,
  HookPort,
  HttpPeer,
  NotReady,
  PeopleDoorsPorts,
  PublishedFiles,
  StatusSource,
  TrustSource,
} from './ports.ts';
