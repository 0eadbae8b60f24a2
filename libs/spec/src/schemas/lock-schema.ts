// SPDX-License-Identifier: Apache-2.0
import type { Digest } from '@fairlead/base';
import { forms, schemaUrl } from './forms.ts';
import { custom, fileSchema, integer, object, oneOf, record, type ValueOf } from './shape.ts';

const digest = custom<Digest>({
  type: 'string',
  pattern: '^sha256:[0-9a-f]{64}$',
  description: 'sha256: and 64 hexadecimal digits in lower case',
});
const size = integer('bytes to download', 1, Number.MAX_SAFE_INTEGER);
const content = object({ digest, size }, ['digest', 'size'], 'bytes that are named by their digest');

const branch = object(
  {
    commit: custom<string>({ type: 'string', pattern: '^[0-9a-f]{40}$', description: 'the id of a commit' }),
  },
  ['commit'],
  'what the branch meant',
);

const blob = object(
  { digest, size, format: oneOf(['tar', 'zip', 'file'], 'how it is unpacked') },
  ['digest', 'size', 'format'],
  'a file of the pod',
);

const pod = object(
  {
    id: digest,
    specification: custom<Readonly<Record<string, unknown>>>({
      type: 'object',
      description: 'the specification, flattened and resolved',
    }),
    blobs: record(blob, 'what each container runs, by its name'),
  },
  ['id', 'specification', 'blobs'],
  'all of a pod that the compiler needs',
);

/** `fleet.lock.json`. Written by commands; people only merge it. */
export const lockShape = fileSchema(
  'lock',
  'Fairlead lock: what every mutable reference means',
  object(
    {
      $schema: schemaUrl(),
      images: record(content, 'manifest or index by image reference, as registry/repository:tag'),
      files: record(content, 'content by URL'),
      branches: record(branch, 'commit by repository#branch'),
      pods: record(pod, 'pod by name@tag, name#revision or id'),
    },
    [],
    'What mutable references of the fleet mean. Written by `fairlead lock`.',
  ),
  forms,
);

export type LockedContent = ValueOf<typeof content>;
export type LockedBranch = ValueOf<typeof branch>;
export type LockedPod = ValueOf<typeof pod>;
