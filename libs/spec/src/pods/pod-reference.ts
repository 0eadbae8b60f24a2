// SPDX-License-Identifier: Apache-2.0
import { err, ok, type Result } from '@fairlead/base';
import { matches } from '../check-value.ts';
import { podForms } from '../schemas/pod-forms.ts';

/** What a group names as its pod. */
export type PodReference =
  | { readonly kind: 'path'; readonly path: string }
  | { readonly kind: 'tag'; readonly name: string; readonly tag: string }
  /** From 1 on. */
  | { readonly kind: 'revision'; readonly name: string; readonly revision: number }
  /** A UUID of Artemis in lower case, or the digest of a pod's content. */
  | { readonly kind: 'id'; readonly id: string };

const uuid = /^[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$/;
const digest = /^sha256:[0-9a-f]{64}$/;

/**
 * `./path`, `name@tag`, `name#revision` or an id, as Artemis reads them: the first @ ends the name, a tag may hold another. A name
 * alone says not which of its pods is meant.
 */
export function parsePodReference(text: string): Result<PodReference, string> {
  if (text.startsWith('./')) return ok({ kind: 'path', path: text });
  if (uuid.test(text)) return ok({ kind: 'id', id: text.toLowerCase() });
  if (digest.test(text)) return ok({ kind: 'id', id: text });
  const [at, hash] = [text.indexOf('@'), text.indexOf('#')];
  if (at >= 0 && hash >= 0) return err(`Cannot specify both revision and tag: '${text}'.`);
  if (at < 0 && hash < 0)
    return err(
      `'${text}' names no tag or revision; write '${text}@latest' or '${text}#1', or './' before a path`,
    );
  const name = text.slice(0, Math.max(at, hash));
  const rest = text.slice(name.length + 1);
  if (!matches(podForms.podName.pattern, name)) return err(`'${name}' is not the name of a pod: '${text}'`);
  return at >= 0 ? tagged(name, rest) : numbered(name, rest);
}

function tagged(name: string, tag: string): Result<PodReference, string> {
  return matches(podForms.line.pattern, tag)
    ? ok({ kind: 'tag', name, tag })
    : err(`the tag of '${name}' is empty, too long, or holds a control character`);
}

function numbered(name: string, text: string): Result<PodReference, string> {
  const revision = /^[1-9]\d{0,14}$/.test(text) ? Number(text) : 0;
  return revision > 0 ? ok({ kind: 'revision', name, revision }) : err(`Invalid revision: '${text}'.`);
}

/** The text that reads back to the same. */
export function formatPodReference(reference: PodReference): string {
  switch (reference.kind) {
    case 'path':
      return reference.path;
    case 'tag':
      return `${reference.name}@${reference.tag}`;
    case 'revision':
      return `${reference.name}#${String(reference.revision)}`;
    case 'id':
      return reference.id;
  }
}
