// SPDX-License-Identifier: Apache-2.0
export { jobsOf, jobUnit, targetOf } from './units.ts';
