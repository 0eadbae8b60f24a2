// SPDX-License-Identifier: Apache-2.0
export { planLock, wantedOf, type LockPlan, type PlanOptions, type Wanted } from './plan-lock.ts';
export { createResolver, type Meaning, type Resolver, type ResolverOptions } from './resolve/resolver.ts';
export { isUnavailable, updateLock, type LockChange, type UpdatedLock } from './update-lock.ts';
