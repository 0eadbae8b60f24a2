// SPDX-License-Identifier: Apache-2.0
export { createJobsDomain, type JobsDomainOptions } from './domain.ts';
export type { AgentEnvironment } from './environment.ts';
export { readLogs } from './logs.ts';
export { defaultSettings, type JobSettings } from './settings.ts';
