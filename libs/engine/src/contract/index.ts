// SPDX-License-Identifier: Apache-2.0
export { describeDomainContract, type DomainHarness } from './domain-contract.ts';
