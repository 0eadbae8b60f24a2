// SPDX-License-Identifier: Apache-2.0

/** The part of JSON Schema (2020-12) that the language is written in, and that `checkShape` knows. Empty: anything. */
export interface JsonSchema {
  /** A form of the file's `$defs`: `#/$defs/<name>`. Only `description` may stand beside it. */
  readonly $ref?: `#/$defs/${string}`;
  readonly title?: string;
  readonly description?: string;
  readonly type?: JsonType;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  /** No key matches two of them, nor one of them and `properties`. */
  readonly patternProperties?: Readonly<Record<string, JsonSchema>>;
  readonly additionalProperties?: JsonSchema | false;
  readonly propertyNames?: JsonSchema;
  readonly required?: readonly string[];
  /** Keys that stand only beside others. */
  readonly dependentRequired?: Readonly<Record<string, readonly string[]>>;
  /** Exactly one of these keys stands. */
  readonly oneOf?: readonly RequiredKey[];
  readonly items?: JsonSchema;
  readonly minItems?: number;
  readonly enum?: readonly string[];
  readonly pattern?: string;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  /**
   * A value says by its type which one is meant; an object, where several are, by a key of which each allows one text of its own;
   * a text has the form of any of them.
   */
  readonly anyOf?: readonly JsonSchema[];
}

export type JsonType = 'object' | 'array' | 'string' | 'integer' | 'number' | 'boolean' | 'null';

/** Names the property again: ajv's strict mode asks for it. */
interface RequiredKey {
  readonly required: readonly [string];
  readonly properties: Readonly<Record<string, JsonSchema>>;
}

/** The schema of a whole file, at its public URL. */
export interface FileSchema extends JsonSchema {
  readonly $schema: string;
  readonly $id: string;
  readonly title: string;
  readonly $defs: Readonly<Record<string, JsonSchema>>;
}
