// SPDX-License-Identifier: Apache-2.0
import { matches } from '../check-value.ts';
import { join } from '../diagnostic.ts';
import { podForms } from '../schemas/pod-forms.ts';
import type { OpenText } from './pod-spec.ts';
import { originIn, type MapNode } from './spec-node.ts';

/** Reads texts whose form decides what they mean, and keeps those that a variable leaves open. */
export interface OpenTexts {
  /** `standIn` where the key is absent, or open. */
  read<T>(key: string, text: string | undefined, meaningOf: (text: string) => T | undefined, standIn: T): T;
  /** Of what lies at this key; `printed`: the key that it is printed with, if another. */
  below(key: string | number, printed?: string | number): OpenTexts;
}

export interface OpenTextsPlace {
  /** Where what is read is printed. */
  readonly pointer: string;
  /** Where it stands in `root`. */
  readonly written: string;
  readonly root: MapNode;
}

export function openTexts(found: OpenText[], { pointer, written, root }: OpenTextsPlace): OpenTexts {
  return {
    read: (key, text, meaningOf, standIn) => {
      if (text === undefined) return standIn;
      const meaning = meaningOf(text);
      if (meaning !== undefined) return meaning;
      if (holdsVariable(text))
        found.push({ pointer: join(pointer, key), text, origin: originIn(root, join(written, key)) });
      return standIn;
    },
    below: (key, printed = key) =>
      openTexts(found, { pointer: join(pointer, printed), written: join(written, key), root }),
  };
}

/** True where variables must be replaced before the form of the text is known. */
function holdsVariable(text: string): boolean {
  return matches(podForms.placeholder.pattern, text);
}
