// SPDX-License-Identifier: Apache-2.0
import { err, ok, type Result } from '@fairlead/base';

/** What restricts a key of an allowed signers file. */
export interface SignerOptions {
  /** A list of patterns: what may be signed with the key; null: anything. */
  readonly namespaces: string | null;
  /** First and last second at which it may sign, since 1970; null: without bound. */
  readonly validAfter: number | null;
  readonly validBefore: number | null;
}

export const noOptions: SignerOptions = { namespaces: null, validAfter: null, validBefore: null };

const names = {
  namespaces: 'namespaces',
  'valid-after': 'validAfter',
  'valid-before': 'validBefore',
} as const;

/** Whether the text goes on with options, and not with a key. */
export function startsOptions(text: string): boolean {
  return /^(?:cert-authority\b|namespaces=|valid-(?:after|before)=)/i.test(text);
}

/** Options separated by commas; names in upper or lower case, values in double quotes: OpenSSH takes no others. */
export function parseSignerOptions(text: string): Result<SignerOptions, string> {
  const options = { ...noOptions } as { -readonly [Name in keyof SignerOptions]: SignerOptions[Name] };
  let rest = text;
  for (;;) {
    const option = /^([a-z-]+)(?:="((?:\\"|[^"])*)")?(,|$)/i.exec(rest);
    if (option === null) return err(`its options are not well formed, or lack double quotes: ${text}`);
    const [whole, name = '', value, separator] = option;
    const wrong = take(options, name.toLowerCase(), value?.replaceAll('\\"', '"'));
    if (wrong !== undefined) return err(wrong);
    rest = rest.slice(whole.length);
    if (separator === '') break;
  }
  const { validAfter, validBefore } = options;
  if (validAfter !== null && validBefore !== null && validBefore <= validAfter)
    return err('its time ends before it begins');
  return ok(options);
}

/** Sets one option; what is wrong with it, if anything. */
function take(
  options: { -readonly [Name in keyof SignerOptions]: SignerOptions[Name] },
  name: string,
  value: string | undefined,
): string | undefined {
  if (name === 'cert-authority') return 'certificate authorities are not supported: name each key';
  if (!isName(name) || value === undefined) return `'${name}' is no option, or lacks its value`;
  const field = names[name];
  if (options[field] !== null) return `'${name}' stands twice`;
  if (field === 'namespaces') {
    options[field] = value;
    return undefined;
  }
  const time = parseTime(value);
  if (time === undefined) return `'${value}' is no time such as 20270131 or 202701311259Z`;
  options[field] = time;
  return undefined;
}

/**
 * `YYYYMMDD[Z]` or `YYYYMMDDHHMM[SS][Z]` in seconds since 1970. Without `Z` OpenSSH takes the zone of the machine; a verdict must not hang on
 * that, so UTC is meant here.
 */
function parseTime(text: string): number | undefined {
  const match = /^(\d{4})(\d{2})(\d{2})(?:(\d{2})(\d{2})(\d{2})?)?Z?$/.exec(text);
  if (match === null) return undefined;
  const [year, month, day, hour, minute, second] = match
    .slice(1)
    .map((digits: string | undefined) => digits ?? '00');
  const written = `${year}-${month}-${day}T${hour}:${minute}:${second}`;
  const time = Date.parse(`${written}Z`);
  // A day that the month does not have would become another one.
  const isReal = !Number.isNaN(time) && new Date(time).toISOString().startsWith(written);
  return isReal ? time / 1000 : undefined;
}

function isName(name: string): name is keyof typeof names {
  return Object.hasOwn(names, name);
}
