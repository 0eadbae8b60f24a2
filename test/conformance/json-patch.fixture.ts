// SPDX-License-Identifier: Apache-2.0

/** The operations of RFC 6902 that the data uses. */
export type PatchStep =
  | { readonly op: 'add' | 'replace'; readonly path: string; readonly value: unknown }
  | { readonly op: 'remove'; readonly path: string }
  | { readonly op: 'move'; readonly from: string; readonly path: string };

/** The value with a patch applied; the value itself stays as it is. */
export function patched(base: unknown, patch: readonly PatchStep[]): unknown {
  const root: unknown = structuredClone(base);
  for (const step of patch) {
    const value = step.op === 'move' ? remove(root, step.from) : 'value' in step ? step.value : undefined;
    if (step.op === 'remove') remove(root, step.path);
    else set(root, step.path, value);
  }
  return root;
}

function placeOf(root: unknown, pointer: string): readonly [holder: object, key: string] {
  const keys = pointer.split('/').slice(1);
  const key = keys.pop() ?? '';
  return [keys.reduce((value, name) => Reflect.get(value, name) as object, root as object), key];
}

function set(root: unknown, pointer: string, value: unknown): void {
  const [holder, key] = placeOf(root, pointer);
  Reflect.set(holder, key, value);
}

function remove(root: unknown, pointer: string): unknown {
  const [holder, key] = placeOf(root, pointer);
  const value: unknown = Reflect.get(holder, key);
  Reflect.deleteProperty(holder, key);
  return value;
}
