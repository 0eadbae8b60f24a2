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

/** What is said of a key that is not known here, where there is more to say than that. `instead`: the key that it stands for. */
export type KeyRefusal = (
  pointer: string,
  key: string,
) => (Complaint & { readonly instead?: string }) | undefined;

/** Rules, and the name of the form that they are, if any. */
interface Rules {
  readonly form: string;
  readonly rules: JsonSchema;
}

/** One for all, so that it is looked up once. */
const anything: JsonSchema = {};

type JsonObject = Record<string, unknown>;

/** Each suggestion costs a comparison with every key that is known. */
const mostSuggestions = 50;

/**
 * Holds a JSON value against a schema, lists what is wrong once each, and takes out of the value what lacks the form. Work and memory
 * are bounded by the size of the value, and by `mostProblems`.
 */
export function checkShape(
  schema: FileSchema,
  value: unknown,
  refusalOf: KeyRefusal = () => undefined,
): ShapeVerdict {
  const list = createProblemList();
  const faulty = new Set<string>();
  const path: (string | number)[] = [];
  let suggestions = 0;

  const pointer = (...more: readonly (string | number)[]): string => join('', ...path, ...more);
  const complain = ({ code, message, hint }: Complaint): void => {
    faulty.add(pointer());
    list.error(code, message, at(pointer()), hint);
  };

  const known = resolvedIn(schema);
  const resolve = (rules: JsonSchema): Rules => {
    const before = known.get(rules);
    if (before !== undefined) return before;
    const form = rules.$ref?.slice('#/$defs/'.length) ?? '';
    const found = { form, rules: schema.$defs[form] ?? rules };
    known.set(rules, found);
    return found;
  };

  /** The rules that the value is meant by; undefined, with a complaint, where it is none of several. */
  const choose = (given: JsonSchema, item: unknown): Rules | undefined => {
    const named = resolve(given);
    const { anyOf, description = 'another value' } = named.rules;
    if (anyOf === undefined) return named;
    const options = anyOf
      .map(resolve)
      .filter(({ rules: { type } }) => type !== undefined && hasType(item, type));
    const [first] = options;
    if (first === undefined) {
      complain({ ...notAllowed(item), code: 'wrong-type', hint: `Give ${description}.` });
      return undefined;
    }
    if (typeof item === 'string')
      return options.find(({ rules, form }) => complaintAbout(item, rules, form) === undefined) ?? first;
    return options.length === 1 ? first : chooseByKey(options, item as JsonObject);
  };

  const chooseByKey = (options: readonly Rules[], object: JsonObject): Rules | undefined => {
    const key = distinctiveKey(options);
    const allowed = options.flatMap(({ rules }) => rules.properties?.[key]?.enum ?? []);
    const found = options.find(({ rules }) => rules.properties?.[key]?.enum?.[0] === object[key]);
    if (found !== undefined) return found;
    path.push(key);
    if (typeof object[key] === 'string')
      complain(complaintAbout(object[key], { enum: allowed }, '') ?? notAllowed(object[key]));
    else if (Object.hasOwn(object, key)) complain(wrongType('string', object[key]));
    path.pop();
    if (!Object.hasOwn(object, key)) reportMissing(key);
    return undefined;
  };

  /** Whether the value has the form; what is only not allowed keeps it. */
  const visit = (given: JsonSchema, item: unknown): boolean => {
    const chosen = choose(given, item);
    if (chosen === undefined) return false;
    const { form, rules } = chosen;
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

  const visitItems = ({ items = anything, minItems = 0 }: JsonSchema, array: readonly unknown[]): void => {
    if (array.length < minItems) complain({ code: 'invalid-value', message: 'the list is empty' });
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
    checkTogether(rules, object);
    const missing = (rules.required ?? []).filter((key) => !Object.hasOwn(object, key));
    for (const key of missing) reportMissing(key, rules.properties?.[key]?.enum);
    if (missing.length === 0 || path.length === 0) return true;
    faulty.add(pointer());
    return false;
  };

  const reportMissing = (key: string, [only, ...others]: readonly string[] = []): void => {
    // A value without form, or a misspelt key, has been reported already.
    if (faulty.has(pointer(key))) return;
    const wanted = only === undefined || others.length > 0 ? key : `${key}: ${only}`;
    list.error('missing-key', `the key '${key}' is missing`, at(pointer()), `Add '${wanted}'.`);
  };

  /** Which keys stand together, and which do not. */
  const checkTogether = ({ oneOf, dependentRequired }: JsonSchema, object: JsonObject): void => {
    if (oneOf === undefined && dependentRequired === undefined) return;
    const stands = (key: string): boolean => Object.hasOwn(object, key) || faulty.has(pointer(key));
    for (const [key, needed] of Object.entries(dependentRequired ?? {})) {
      if (!Object.hasOwn(object, key)) continue;
      for (const other of needed.filter((name) => !stands(name)))
        list.error(
          'missing-key',
          `'${key}' stands only with '${other}'`,
          atKey(pointer(key)),
          `Add '${other}', or remove '${key}'.`,
        );
    }
    if (oneOf === undefined) return;
    const kinds = oneOf.map(({ required: [key] }) => key);
    const names = kinds.map((key) => `'${key}'`).join(', ');
    const [first, ...more] = kinds.filter(stands);
    if (first === undefined)
      list.error('missing-key', `one of ${names} is missing`, at(pointer()), `Add one of ${names}.`);
    for (const other of more.filter((key) => Object.hasOwn(object, key)))
      list.error(
        'conflicting-settings',
        `'${other}' stands beside '${first}'`,
        atKey(pointer(other)),
        `Keep exactly one of ${names}; null takes away what a base brings.`,
      );
  };

  const checkName = ({ propertyNames }: JsonSchema, key: string): void => {
    if (propertyNames === undefined) return;
    const { form, rules } = resolve(propertyNames);
    const complaint = complaintAbout(key, rules, form);
    if (complaint !== undefined)
      list.error(complaint.code, complaint.message, atKey(pointer(key)), complaint.hint);
  };

  const refuseKey = ({ properties = {} }: JsonSchema, object: JsonObject, key: string): void => {
    const refusal = refusalOf(pointer(), key);
    if (refusal !== undefined) {
      list.error(refusal.code, refusal.message, atKey(pointer(key)), refusal.hint);
      if (refusal.instead !== undefined) faulty.add(pointer(refusal.instead));
      Reflect.deleteProperty(object, key);
      return;
    }
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

/** By schema: what its rules refer to is looked up once, however many values are held against them. */
const resolved = new WeakMap<FileSchema, WeakMap<JsonSchema, Rules>>();

function resolvedIn(schema: FileSchema): WeakMap<JsonSchema, Rules> {
  const known = resolved.get(schema) ?? new WeakMap<JsonSchema, Rules>();
  resolved.set(schema, known);
  return known;
}

/** The key by which objects of several shapes are told apart: one of which the first shape allows a single text. */
function distinctiveKey([first]: readonly Rules[]): string {
  const keys = Object.entries(first?.rules.properties ?? {});
  return keys.find(([, { enum: values }]) => values?.length === 1)?.[0] ?? '';
}

/** The rules for the value of a key; undefined where the key is not known. */
function rulesOf(rules: JsonSchema, key: string): JsonSchema | undefined {
  const { properties, patternProperties, additionalProperties = anything } = rules;
  if (properties !== undefined && Object.hasOwn(properties, key)) return properties[key];
  const free = Object.entries(patternProperties ?? {}).find(([pattern]) => matches(pattern, key));
  if (free !== undefined) return free[1];
  return additionalProperties === false ? undefined : additionalProperties;
}
