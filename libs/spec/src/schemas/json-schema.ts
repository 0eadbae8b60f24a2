// SPDX-License-Identifier: Apache-2.0

/** The part of JSON Schema (2020-12) that the language is written in, and that `checkShape` knows. Empty: anything. */
export interface JsonSchema {
  /** A form of the file's `$defs`: `#/$defs/<name>`. Only `description` may stand beside it. */
  readonly $ref?: `#/$defs/${string}`;
  readonly description?: string;
  readonly type?: JsonType;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  /** No key matches two of them, nor one of them and `properties`. */
  readonly patternProperties?: Readonly<Record<string, JsonSchema>>;
  readonly additionalProperties?: JsonSchema | false;
  readonly propertyNames?: JsonSchema;
  readonly required?: readonly string[];
  readonly items?: JsonSchema;
  readonly enum?: readonly string[];
  readonly pattern?: string;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  /** Of different types, so that a value says by its type which one is meant. */
  readonly anyOf?: readonly JsonSchema[];
}

export type JsonType = 'object' | 'array' | 'string' | 'integer' | 'number' | 'boolean';

/** The schema of a whole file, at its public URL. */
export interface FileSchema extends JsonSchema {
  readonly $schema: string;
  readonly $id: string;
  readonly title: string;
  readonly $defs: Readonly<Record<string, JsonSchema>>;
}
