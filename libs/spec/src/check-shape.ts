// SPDX-License-Identifier: Apache-2.0
import {
  complaintAbout,
  hasType,
  matches,
  notAllowed,
  short,
  wrongType,
  type Complaint,
} from './check-value.ts';
import { at, atKey, join, type Problem } from './diagnostic.ts';
import { nearest } from './nearest.ts';
import { createProblemList } from './problem-list.ts';
import type { FileSchema, JsonSchema } from './schemas/json-schema.ts';

/** What came of holding a value against a schema. */
export interface ShapeVerdict {
  /**
   * What has the right form: the value itself, without what lacks it. An item that is left out of a list leaves a hole, so that the
   * others keep their places. Keys that the file itself must have may be missing. Undefined where nothing is left, or too much is wrong.
   */
  readonly value: unknown;
  readonly problems: readonly Problem[];
  /** Pointers of what the problems speak of: nothing more is to be said there, and nothing follows from its absence. */
  readonly faulty: ReadonlySet<string>;
}

type JsonObject = Record<string, unknown>;

/** Each suggestion costs a comparison with every key that is known. */
const mostSuggestions = 50;

/**
 * Holds a JSON value against a schema, lists what is wrong once each, and takes out of the value what lacks the form. Work and memory
 * are bounded by the size of the value, and by `mostProblems`.
 */
export function checkShape(schema: FileSchema, value: unknown): ShapeVerdict {
  const list = createProblemList();
  const faulty = new Set<string>();
  const path: (string | number)[] = [];
  let suggestions = 0;

  const pointer = (...more: readonly (string | number)[]): string => join('', ...path, ...more);
  const complain = ({ code, message, hint }: Complaint): void => {
    faulty.add(pointer());
    list.error(code, message, at(pointer()), hint);
  };

  const resolve = (rules: JsonSchema): { readonly form: string; readonly rules: JsonSchema } => {
    const form = rules.$ref?.slice('#/$defs/'.length) ?? '';
    return { form, rules: schema.$defs[form] ?? rules };
  };

  /** Whether the value has the form; what is only not allowed keeps it. */
  const visit = (given: JsonSchema, item: unknown): boolean => {
    const { form, rules: named } = resolve(given);
    const rules = named.anyOf?.find(({ type }) => type !== undefined && hasType(item, type)) ?? named;
    if (rules.anyOf !== undefined) {
      complain({
        ...notAllowed(item),
        code: 'wrong-type',
        hint: `Give ${rules.description ?? 'another value'}.`,
      });
      return false;
    }
    if (rules.type === undefined) return true;
    if (!hasType(item, rules.type)) {
      complain(wrongType(rules.type, item));
      return false;
    }
    if (Array.isArray(item)) visitItems(rules, item);
    else if (typeof item === 'object' && item !== null) return visitMembers(rules, item as JsonObject);
    const complaint = complaintAbout(item, rules, form);
    if (complaint !== undefined) complain(complaint);
    return true;
  };

  const visitInner = (rules: JsonSchema, parent: object, key: string | number): void => {
    path.push(key);
    if (!visit(rules, Reflect.get(parent, key))) Reflect.deleteProperty(parent, key);
    path.pop();
  };

  const visitItems = ({ items = {} }: JsonSchema, array: readonly unknown[]): void => {
    for (let index = 0; index < array.length && !list.full; index += 1) visitInner(items, array, index);
  };

  /** False where a key that it needs is missing; of a whole file the rest is kept even so. */
  const visitMembers = (rules: JsonSchema, object: JsonObject): boolean => {
    for (const key of Object.keys(object)) {
      if (list.full) return true;
      checkName(rules, key);
      const inner = rulesOf(rules, key);
      if (inner === undefined) refuseKey(rules, object, key);
      else visitInner(inner, object, key);
    }
    const missing = (rules.required ?? []).filter((key) => !Object.hasOwn(object, key));
    for (const key of missing) {
      // A value without form, or a misspelt key, has been reported already.
      if (faulty.has(pointer(key))) continue;
      list.error('missing-key', `the key '${key}' is missing`, at(pointer()), `Add '${key}'.`);
    }
    if (missing.length === 0 || path.length === 0) return true;
    faulty.add(pointer());
    return false;
  };

  const checkName = ({ propertyNames }: JsonSchema, key: string): void => {
    if (propertyNames === undefined) return;
    const { form, rules } = resolve(propertyNames);
    const complaint = complaintAbout(key, rules, form);
    if (complaint !== undefined)
      list.error(complaint.code, complaint.message, atKey(pointer(key)), complaint.hint);
  };

  const refuseKey = ({ properties = {} }: JsonSchema, object: JsonObject, key: string): void => {
    suggestions += 1;
    const near =
      suggestions > mostSuggestions
        ? undefined
        : nearest(
            key,
            Object.keys(properties).filter((known) => !Object.hasOwn(object, known)),
          );
    list.error(
      'unknown-key',
      `the key '${short(key)}' is not known here`,
      atKey(pointer(key)),
      near === undefined ? undefined : `Did you mean '${near}'? Keys of your own begin with x-.`,
    );
    if (near !== undefined) faulty.add(pointer(near));
    Reflect.deleteProperty(object, key);
  };

  const hasForm = visit(schema, value);
  if (hasForm && !list.full) return { value, problems: list.problems, faulty };
  return { value: undefined, problems: list.problems, faulty: new Set(['']) };
}

/** The rules for the value of a key; undefined where the key is not known. */
function rulesOf(rules: JsonSchema, key: string): JsonSchema | undefined {
  const { properties = {}, patternProperties = {}, additionalProperties = {} } = rules;
  if (Object.hasOwn(properties, key)) return properties[key];
  const free = Object.entries(patternProperties).find(([pattern]) => matches(pattern, key));
  if (free !== undefined) return free[1];
  return additionalProperties === false ? undefined : additionalProperties;
}
