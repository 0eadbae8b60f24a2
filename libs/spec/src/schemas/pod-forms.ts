// SPDX-License-Identifier: Apache-2.0
import { forms } from './forms.ts';
import type { JsonSchema } from './json-schema.ts';
import { anyOf, form, type Shape } from './shape.ts';

const { text, label, name } = forms;

/** Forms of text in pod specifications. Bounded in length, and no two parts of a pattern match the same, so that none is slow. */
export const podForms = {
  text,
  label,
  name,
  podName: {
    type: 'string',
    pattern: '^(?!\\.{1,2}$)[^\\u0000-\\u001f\\u007f/@#]{1,255}$',
    description: 'one to 255 characters, no control character, none of / @ #, not . or ..',
  },
  path: {
    type: 'string',
    pattern: '^[^\\u0000\\\\]{1,4096}$',
    description: 'a path with /, without backslash',
  },
  artemisDuration: {
    type: 'string',
    pattern: '^\\s*(\\d{1,9}\\s*h\\s*)?(\\d{1,9}\\s*m\\s*)?(\\d{1,9}\\s*s\\s*)?$',
    maxLength: 64,
    description: "a duration in hours, minutes and seconds, like '1h 2m 3s'",
  },
  duration: {
    type: 'string',
    pattern: '^(?=\\d)(\\d{1,5}d *)?(\\d{1,9}h *)?(\\d{1,9}m(?!s) *)?(\\d{1,9}s *)?(\\d{1,9}ms)?$',
    maxLength: 64,
    description: "a duration like '1m 30s' or '500ms'",
  },
  /** Not nothing. */
  period: {
    type: 'string',
    pattern: '^(?=\\d)(?=.*[1-9])(\\d{1,5}d *)?(\\d{1,9}h *)?(\\d{1,9}m(?!s) *)?(\\d{1,9}s *)?(\\d{1,9}ms)?$',
    maxLength: 64,
    description: "a duration above zero, like '1m 30s' or '500ms'",
  },
  size: {
    type: 'string',
    pattern: '^([1-9]\\d{0,14}|[1-9]\\d{0,5} ?([kMG]|[KMG]i))B?$',
    description: "a size like '64Mi'",
  },
  cpus: {
    type: 'string',
    pattern: '^(?=.*[1-9])\\d{1,4}(\\.\\d{1,3})?$',
    description: "cores, like '0.5'",
  },
  probeUrl: {
    type: 'string',
    pattern: '^https?://[^\\s\\u0000]+$',
    maxLength: 4096,
    description: "an http or https URL, like 'http://127.0.0.1:8080/healthz'",
  },
  probeAddress: {
    type: 'string',
    pattern:
      '^([^\\s\\u0000:\\[\\]]{1,253}|\\[[0-9A-Fa-f:.]{2,45}\\]):([1-9]\\d{0,3}|[1-5]\\d{4}|6[0-4]\\d{3}|65[0-4]\\d{2}|655[0-2]\\d|6553[0-5])$',
    description: "host and port, like '127.0.0.1:8080'",
  },
  image: {
    type: 'string',
    pattern: '^[^\\s\\u0000]{1,512}$',
    description: "an image, like 'registry.example.org/app:1.2'",
  },
  address: {
    type: 'string',
    pattern: '^[^\\s\\u0000]{1,4096}$',
    description: 'a URL, or a path without blanks',
  },
  gitRef: {
    type: 'string',
    pattern: '^(?!-)[^\\u0000-\\u0020\\u007f~^:?*\\[\\\\]{1,255}$',
    description: 'a branch or a tag',
  },
  line: {
    type: 'string',
    pattern: '^[^\\u0000-\\u001f\\u007f]{1,255}$',
    description: 'one to 255 characters, no control character',
  },
  tag: {
    type: 'string',
    pattern: '^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$',
    description: 'a tag: letters, digits, dot, dash and underscore, at most 128',
  },
  secret: {
    type: 'string',
    pattern: '^\\{\\{\\s*secrets\\.[A-Za-z0-9_][A-Za-z0-9_.-]*\\s*\\}\\}$',
    description: '{{secrets.NAME}}',
  },
  placeholder: {
    type: 'string',
    pattern: '\\{\\{\\s*vars\\.[A-Za-z0-9_][A-Za-z0-9_.-]*\\s*\\}\\}',
    description: 'a text with {{vars.NAME}}: its form is looked at once variables are replaced',
  },
} as const satisfies Readonly<Record<string, JsonSchema>>;

/** A text of this form, or one that holds a variable. */
export function variable<T extends string>(shape: Shape<T>): Shape<T> {
  return anyOf([shape, form<T>('placeholder')], shape.schema.description);
}
