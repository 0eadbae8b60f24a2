// SPDX-License-Identifier: Apache-2.0
export { createContainersDomain, type ContainersDomainOptions } from './domain.ts';
export type { DriverSettings } from './settings.ts';
