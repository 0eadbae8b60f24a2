// SPDX-License-Identifier: Apache-2.0
export { createCsr } from './csr.ts';
export { createDeviceKey } from './device-key.ts';
