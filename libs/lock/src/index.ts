// SPDX-License-Identifier: Apache-2.0
export { planLock, type LockPlan } from './plan-lock.ts';
export { createResolver, type Resolver, type ResolverOptions } from './resolve/resolver.ts';
export { isUnavailable, updateLock, type LockChange, type UpdatedLock } from './update-lock.ts';
