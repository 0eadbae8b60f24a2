// SPDX-License-Identifier: Apache-2.0
import { Composer, Lexer, Parser, type CST, type Document } from 'yaml';
import type { Problem } from './diagnostic.ts';

/** Most collections that lie in each other, as in JSON; the parser holds up to three tokens for each. */
const deepestStack = 3 * 64;
/** What reading costs is bounded by its tokens, most of them blanks and line ends. */
const mostTokens = 400_000;
/** Most values of one file, keys included. */
const mostNodes = 50_000;
/** Most entries of one mapping. */
const mostEntries = 10_000;

export type YamlText =
  | { readonly kind: 'document'; readonly document: Document.Parsed }
  | { readonly kind: 'problems'; readonly problems: readonly Problem[] };

/**
 * Reads a text as one YAML 1.2 document, its tokens counted before anything is built of them: what is nested too deep or holds too much
 * is refused at a cost linear in what was read so far. Keys that stand twice are left for the caller.
 */
export function scanYaml(text: string): YamlText {
  const tokens = tokensOf(text);
  if (!Array.isArray(tokens)) return { kind: 'problems', problems: [tokens] };
  const [document, another] = [
    ...new Composer({ uniqueKeys: false, version: '1.2', merge: false }).compose(tokens, true, text.length),
  ];
  const faults = document?.errors ?? [];
  const problems = faults.map(({ message, pos: [start, end] }) =>
    problem('yaml-syntax', firstLine(message), start, end),
  );
  if (another !== undefined && problems.length === 0) {
    const [start] = another.range;
    problems.push(problem('yaml-syntax', 'a second document begins here', start, start));
  }
  if (problems.length > 0 || document === undefined) return { kind: 'problems', problems };
  return { kind: 'document', document: document };
}

function tokensOf(text: string): CST.Token[] | Problem {
  const parser = new Parser();
  const tokens: CST.Token[] = [];
  let count = 0;
  for (const lexeme of new Lexer().lex(text)) {
    count += 1;
    if (count > mostTokens) return tooMany('the file holds too much', parser.offset);
    tokens.push(...parser.next(lexeme));
    if (parser.stack.length > deepestStack)
      return problem('json-too-deep', 'nested more than 64 deep', parser.offset, parser.offset + 1);
  }
  tokens.push(...parser.end());
  return tooLarge(tokens) ?? tokens;
}

/** Counts without recursion: what the composer builds has no more nodes than these. */
function tooLarge(tokens: readonly CST.Token[]): Problem | undefined {
  const waiting: CST.Token[] = tokens.flatMap((token) =>
    token.type === 'document' ? (token.value ?? []) : [],
  );
  let nodes = 0;
  for (let token = waiting.pop(); token !== undefined; token = waiting.pop()) {
    nodes += 1;
    if (nodes > mostNodes) return tooMany(`more than ${String(mostNodes)} values`, token.offset);
    if (!('items' in token)) continue;
    if (token.type !== 'block-seq' && token.items.length > mostEntries)
      return tooMany(`more than ${String(mostEntries)} entries in one mapping`, token.offset);
    for (const { key, value } of token.items) {
      if (key) waiting.push(key);
      if (value) waiting.push(value);
    }
  }
  return undefined;
}

function tooMany(message: string, offset: number): Problem {
  return problem('too-many', message, offset, offset + 1);
}

function problem(code: Problem['code'], message: string, start: number, end: number): Problem {
  return { severity: 'error', code, message, place: { kind: 'range', start, end } };
}

/** The library adds the lines of the source to what it says. */
function firstLine(message: string): string {
  const [line = message] = message.split('\n');
  return line.replace(/ at line \d+, column \d+:?$/, '');
}
