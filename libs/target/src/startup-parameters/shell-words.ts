// SPDX-License-Identifier: Apache-2.0

/** Splits a text into words like a POSIX shell, without expanding anything; undefined where a quote is not closed. */
export function shellWords(text: string): readonly string[] | undefined {
  const found: string[] = [];
  let word: string | undefined;
  let quote = '';
  for (let at = 0; at < text.length; at += 1) {
    const letter = text.charAt(at);
    const next = text.charAt(at + 1);
    if (quote !== '' && letter === quote) quote = '';
    else if (letter === '\\' && quote !== "'" && (quote === '' || next === '"' || next === '\\')) {
      if (next === '') return undefined;
      word = (word ?? '') + next;
      at += 1;
    } else if (quote !== '') word = (word ?? '') + letter;
    else if (letter === '"' || letter === "'") {
      quote = letter;
      word ??= '';
    } else if (/\s/.test(letter)) {
      if (word !== undefined) found.push(word);
      word = undefined;
    } else word = (word ?? '') + letter;
  }
  if (quote !== '') return undefined;
  return word === undefined ? found : [...found, word];
}
