// SPDX-License-Identifier: Apache-2.0
import type { FileSchema, JsonSchema } from './json-schema.ts';

declare const value: unique symbol;

/** One definition of a part of the language: its schema, and with it the type of what passes. */
export interface Shape<T> {
  readonly schema: JsonSchema;
  /** Only in the types. */
  readonly [value]?: T;
}

/** The shape of a whole file. */
export interface FileShape<T> extends Shape<T> {
  readonly schema: FileSchema;
}

export type ValueOf<S> = S extends Shape<infer T> ? T : never;

type Fields = Readonly<Record<string, Shape<unknown>>>;
type ObjectOf<F extends Fields, R extends keyof F> = { readonly [K in R]: ValueOf<F[K]> } & {
  readonly [K in Exclude<keyof F, R>]?: ValueOf<F[K]>;
};

/** A schema of its own, for what no function below says. */
export function custom<T>(schema: JsonSchema): Shape<T> {
  return { schema };
}

/** A named form of `forms`, by reference: its errors carry its name. */
export function form<T>(name: string, description?: string): Shape<T> {
  return { schema: { $ref: `#/$defs/${name}`, ...(description === undefined ? {} : { description }) } };
}

export function flag(description: string): Shape<boolean> {
  return { schema: { type: 'boolean', description } };
}

/** A whole number from `minimum` to `maximum`. */
export function integer(description: string, minimum: number, maximum: number): Shape<number> {
  return { schema: { type: 'integer', minimum, maximum, description } };
}

export function oneOf<const T extends string>(values: readonly T[], description: string): Shape<T> {
  return { schema: { type: 'string', enum: values, description } };
}

export function list<T>(items: Shape<T>, description?: string, minItems?: number): Shape<readonly T[]> {
  return {
    schema: {
      type: 'array',
      items: items.schema,
      ...(minItems === undefined ? {} : { minItems }),
      ...(description === undefined ? {} : { description }),
    },
  };
}

export function record<T>(
  values: Shape<T>,
  description: string,
  names?: Shape<string>,
): Shape<Readonly<Record<string, T>>> {
  return {
    schema: {
      type: 'object',
      ...(names === undefined ? {} : { propertyNames: names.schema }),
      additionalProperties: values.schema,
      description,
    },
  };
}

/** Rules between the keys of an object. */
export interface KeyRules<K extends string> {
  /** Exactly one of these stands. */
  readonly oneOf?: readonly K[];
  /** Keys that stand only beside others. */
  readonly needs?: { readonly [key in K]?: readonly K[] };
}

/** Keys that are free. */
export const ownKeys = { '^x-': { description: 'your own, without effect' } } as const;

/** An object of these keys and `x-…`, which are free. Any other key is an error. */
export function object<F extends Fields, R extends keyof F & string = never>(
  fields: F,
  required: readonly R[] = [],
  description?: string,
  { oneOf: kinds, needs }: KeyRules<keyof F & string> = {},
): Shape<ObjectOf<F, R>> {
  const properties = Object.fromEntries(
    Object.entries(fields).map(([key, field]) => [key, { title: key, ...field.schema }]),
  );
  return {
    schema: {
      type: 'object',
      properties,
      patternProperties: ownKeys,
      additionalProperties: false,
      ...(required.length === 0 ? {} : { required }),
      ...(needs === undefined
        ? {}
        : { dependentRequired: needs as Readonly<Record<string, readonly string[]>> }),
      ...(kinds === undefined
        ? {}
        : { oneOf: kinds.map((key) => ({ required: [key] as const, properties: { [key]: {} } })) }),
      ...(description === undefined ? {} : { description }),
    },
  };
}

/** One of several shapes: a value says by its type which is meant, an object by a key of which each allows one text of its own. */
export function anyOf<const S extends readonly Shape<unknown>[]>(
  shapes: S,
  description?: string,
): Shape<ValueOf<S[number]>> {
  return {
    schema: {
      anyOf: shapes.map(({ schema }) => schema),
      ...(description === undefined ? {} : { description }),
    },
  };
}

/** The schema of a whole file, at its public URL. */
export function fileSchema<T>(
  name: string,
  title: string,
  { schema }: Shape<T>,
  forms: Readonly<Record<string, JsonSchema>>,
): FileShape<T> {
  return {
    schema: {
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      $id: `https://fairlead.dev/schemas/${name}/v1.json`,
      title,
      ...schema,
      $defs: forms,
    },
  };
}
