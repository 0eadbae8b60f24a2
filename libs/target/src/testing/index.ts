// SPDX-License-Identifier: Apache-2.0
export { jobUnit, targetOf } from './units.ts';
