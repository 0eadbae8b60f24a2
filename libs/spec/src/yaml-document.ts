// SPDX-License-Identifier: Apache-2.0
import {
  isAlias,
  isScalar,
  isSeq,
  type Alias,
  type Document,
  type ParsedNode,
  type Scalar,
  type YAMLMap,
} from 'yaml';
import { short } from './check-value.ts';
import { decodeText } from './decode-text.ts';
import type { JsonDocument } from './json-document.ts';
import { createProblemList, type ProblemList } from './problem-list.ts';
import { keyText } from './yaml-ranges.ts';
import { scanYaml } from './yaml-scan.ts';

/** Most values that aliases may add to a file. */
const mostAliased = 1_000;

/**
 * Bytes to a JSON value by way of YAML 1.2 (core schema): one document, no tags, texts as keys, none twice, numbers that JSON has and
 * that lose no digits, aliases within a budget. What is returned without an error has one meaning on every machine and a canonical form.
 */
export function readYaml(bytes: Uint8Array): JsonDocument {
  const decoded = decodeText(bytes);
  if (decoded.kind === 'problem') return { text: '', value: undefined, problems: [decoded.problem] };
  const { text } = decoded;
  const scanned = scanYaml(text);
  if (scanned.kind === 'problems') return { text, value: undefined, problems: scanned.problems };
  const list = createProblemList();
  const value = valueOf(scanned.document, text, list);
  return { text, value, problems: list.problems };
}

/** What the values of JSON are called in YAML. */
const jsonTags: ReadonlySet<string> = new Set(
  ['str', 'int', 'float', 'bool', 'null', 'map', 'seq'].map((name) => `tag:yaml.org,2002:${name}`),
);

/** Builds the value of one document, in its order: an alias means the last anchor of its name before it. */
function valueOf(document: Document.Parsed, text: string, list: ProblemList): unknown {
  const anchors = new Map<string, ParsedNode>();
  /** Collections that are being built. */
  const open = new Set<ParsedNode>();
  let aliased = 0;

  const report = (code: YamlCode, message: string, { range: [start, end] }: ParsedNode): void => {
    list.error(code, message, { kind: 'range', start, end });
  };

  const visitScalar = (node: Scalar.Parsed): unknown => {
    const { value } = node;
    if (typeof value !== 'number') return value;
    const written = sourceOf(node, text);
    if (!Number.isFinite(value)) report('yaml-unsupported', `${short(written)} is no number of JSON`, node);
    else if (Number.isInteger(value) && !Number.isSafeInteger(value))
      report('unsafe-integer', `${short(written)} is beyond 2^53-1`, node);
    return value;
  };

  const visitMap = (map: YAMLMap.Parsed, inAlias: boolean): unknown => {
    const entries = new Map<string, unknown>();
    for (const { key, value } of map.items) {
      const name = isScalar(key) ? keyText(key, text) : undefined;
      if (name === undefined) {
        report('yaml-unsupported', 'a key must be a text', key);
        continue;
      }
      if (key.anchor !== undefined) anchors.set(key.anchor, key);
      if (entries.has(name))
        report('duplicate-key', `the key '${short(name)}' stands twice in one mapping`, key);
      entries.set(name, value === null ? null : visit(value, inAlias));
    }
    // Unlike an assignment, this makes a key `__proto__` a key like any other.
    return Object.fromEntries(entries);
  };

  const visitAlias = (node: Alias.Parsed): unknown => {
    const target = anchors.get(node.source);
    if (target !== undefined && !open.has(target)) return visit(target, true);
    report('yaml-unsupported', `the alias *${short(node.source)} names nothing that ends before it`, node);
    return null;
  };

  const visit = (node: ParsedNode, inAlias: boolean): unknown => {
    if (inAlias) aliased += 1;
    if (aliased > mostAliased) return null;
    if (isAlias(node)) return visitAlias(node);
    if (node.tag !== undefined && !jsonTags.has(node.tag))
      report('yaml-unsupported', `the tag ${short(node.tag)} is not known`, node);
    if (node.anchor !== undefined) anchors.set(node.anchor, node);
    if (isScalar(node)) return visitScalar(node);
    open.add(node);
    const value = isSeq(node) ? node.items.map((item) => visit(item, inAlias)) : visitMap(node, inAlias);
    open.delete(node);
    return value;
  };

  const value = document.contents === null ? null : visit(document.contents, false);
  if (aliased > mostAliased && document.contents !== null)
    report('too-many', `aliases add more than ${String(mostAliased)} values`, document.contents);
  return value;
}

type YamlCode = 'yaml-unsupported' | 'unsafe-integer' | 'duplicate-key' | 'too-many';

function sourceOf({ range: [start, end] }: ParsedNode, text: string): string {
  return text.slice(start, end);
}
