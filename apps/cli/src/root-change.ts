// SPDX-License-Identifier: Apache-2.0
import { FairleadError, type Digest } from '@fairlead/base';
import type { RootContent } from '@fairlead/trust/sign';
import type { RoleName, TrustedRoot } from '@fairlead/trust/verify';

/** How a role's keys shall change. */
export interface RoleChange {
  readonly role: RoleName;
  /** Raw public keys. */
  readonly add: readonly Uint8Array[];
  /** Ids of keys, or how they begin. */
  readonly remove: readonly string[];
  /** As before, where it is left out. */
  readonly threshold?: number | undefined;
}

/** The next root: one version on, and all that is not changed as it was. `expires`: milliseconds since 1970. */
export function changeRole(root: TrustedRoot, change: RoleChange, expires: number): RootContent {
  const { role, add, remove } = change;
  const before = root.roles[role];
  const gone = new Set(
    remove.map((prefix) =>
      findOne(
        `${role} key`,
        before.keys.map(({ id }) => id),
        prefix,
      ),
    ),
  );
  const keys = [...before.keys.filter(({ id }) => !gone.has(id)).map(({ publicKey }) => publicKey), ...add];
  const threshold = change.threshold ?? before.threshold;
  if (!Number.isSafeInteger(threshold) || threshold < 1 || threshold > keys.length) {
    throw new FairleadError({
      code: 'misuse',
      message: `${String(threshold)} of the ${String(keys.length)} ${role} keys cannot sign`,
      hint: 'Choose a threshold from 1 to the number of keys with --threshold.',
    });
  }
  const same = (name: RoleName): RootContent['roles'][RoleName] => ({
    keys: root.roles[name].keys.map(({ publicKey }) => publicKey),
    threshold: root.roles[name].threshold,
  });
  const roles = {
    root: same('root'),
    timestamp: same('timestamp'),
    snapshot: same('snapshot'),
    targets: same('targets'),
  };
  return {
    version: root.version + 1,
    expires,
    ca: root.ca,
    roles: { ...roles, [role]: { keys, threshold } },
  };
}

/** The same for the CAs: the newest stands last. */
export function changeCa(
  root: TrustedRoot,
  change: { readonly add: readonly Digest[]; readonly remove: readonly string[] },
  expires: number,
): RootContent {
  const gone = new Set(change.remove.map((prefix) => findOne('CA', root.ca, prefix)));
  const ca = [...root.ca.filter((digest) => !gone.has(digest)), ...change.add];
  if (ca.length === 0)
    throw new FairleadError({ code: 'misuse', message: 'a fleet without a CA lets no device in' });
  const { root: own } = root.roles;
  const unchanged = changeRole(
    root,
    { role: 'root', add: [], remove: [], threshold: own.threshold },
    expires,
  );
  return { ...unchanged, ca };
}

/** Least digits by which a key may be named. */
const leastDigits = 8;

function findOne(what: string, ids: readonly string[], prefix: string): string {
  const found = ids.filter((id) => id.startsWith(prefix) || id.startsWith(`sha256:${prefix}`));
  const [only] = found;
  if (prefix.replace('sha256:', '').length >= leastDigits && only !== undefined && found.length === 1)
    return only;
  throw new FairleadError({
    code: 'misuse',
    message: `--remove: '${prefix}' names no single ${what}`,
    hint: `Give at least ${String(leastDigits)} digits of what fairlead keys show prints.`,
  });
}
