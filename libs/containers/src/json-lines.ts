// SPDX-License-Identifier: Apache-2.0

/** JSON objects that follow each other, one a line; what is no object is passed over. */
export async function* jsonLines(
  chunks: AsyncIterable<Buffer>,
): AsyncGenerator<Readonly<Record<string, unknown>>> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of chunks) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) yield* objectOf(line);
  }
  yield* objectOf(rest);
}

function objectOf(line: string): readonly Readonly<Record<string, unknown>>[] {
  if (line.trim() === '') return [];
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? [value as Readonly<Record<string, unknown>>] : [];
  } catch {
    return [];
  }
}
