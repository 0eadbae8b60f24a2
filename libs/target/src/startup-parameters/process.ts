// SPDX-License-Identifier: Apache-2.0
import { canonicalTexts } from '../canonical-list.ts';
import {
  plainContainerSettings,
  type ContainerLog,
  type ContainerRestart,
  type ContainerSettings,
} from '../container-settings.ts';
import { isDictionary } from '../dictionary.ts';
import { isEngineName } from '../names.ts';
import { normalPath } from '../normal-path.ts';
import type { ParameterReader } from './parameter-reader.ts';
import { shellWords } from './shell-words.ts';
import { flag, inside, pairs, size, whole, word, words, type Parse } from './values.ts';

/** What is run, and what is made of its output and its end. */
export function processOf(
  reader: ParameterReader,
): Pick<
  ContainerSettings,
  | 'entrypoint'
  | 'command'
  | 'env'
  | 'workingDir'
  | 'user'
  | 'groups'
  | 'labels'
  | 'tty'
  | 'stdin'
  | 'stop'
  | 'restart'
  | 'log'
> {
  return {
    entrypoint: reader.read('entrypoint', commandLine) ?? null,
    command: reader.read('command', commandLine) ?? null,
    env: reader.read('environment', pairs()) ?? {},
    workingDir: reader.read('working_dir', path) ?? null,
    user: reader.read('user', user) ?? null,
    groups: canonicalTexts(reader.read('group_add', groups) ?? []),
    labels: reader.read('labels', pairs('')) ?? {},
    tty: reader.read('tty', flag) ?? false,
    stdin: reader.either('stdin_open', 'interactive', flag) ?? false,
    stop: { signal: reader.read('stop_signal', signal) ?? null, graceMs: graceOf(reader) },
    restart: reader.read('restart_policy', restartPolicy) ?? plainContainerSettings.restart,
    log: logOf(reader),
  };
}

/** A list, or a text that is split like a shell does. */
const commandLine: Parse<readonly string[]> = (value, refuse) => {
  if (typeof value === 'string') return shellWords(value) ?? refuse('a quote is not closed');
  if (!Array.isArray(value)) return refuse('a list of texts is needed, or a text');
  const list = value.map((item: unknown) =>
    typeof item === 'string' && !item.includes('\0') ? item : undefined,
  );
  const wrong = list.indexOf(undefined);
  return wrong < 0
    ? list.filter((item) => item !== undefined)
    : refuse('this argument is no text', 'Put it in quotes.', [wrong]);
};

const path: Parse<string> = (value, refuse) =>
  normalPath(word(value, refuse) ?? '/') ?? refuse("an absolute path without '..' is needed");

const user: Parse<string> = (value, refuse) => {
  if (typeof value === 'number') {
    return Number.isSafeInteger(value) && value >= 0 ? String(value) : refuse('this is no number of a user');
  }
  return typeof value === 'string' &&
    /^[^:\s\0-]?[^:\s\0]*(?::[^:\s\0]+)?$/.test(value) &&
    /^[^:]/.test(value)
    ? value
    : refuse('a name or number is needed, with or without :group');
};

const groups: Parse<readonly string[]> = (value, refuse) =>
  words(
    Array.isArray(value)
      ? value.map((item: unknown) => (typeof item === 'number' ? String(item) : item))
      : value,
    refuse,
  );

const signal: Parse<string> = (value, refuse) => {
  const [, name] = /^(?:SIG)?([A-Z][A-Z0-9]{1,8}(?:[+-]\d{1,2})?)$/.exec(word(value, refuse) ?? 'TERM') ?? [];
  return name === undefined
    ? refuse('the name of a signal is needed', 'Write it like SIGTERM.')
    : `SIG${name}`;
};

function graceOf(reader: ParameterReader): number | null {
  const seconds = reader.either('stop_timeout', 'shutdown_timeout', whole(0, 2 ** 31 - 1));
  return seconds === undefined ? null : seconds * 1_000;
}

/** `NAME[:COUNT]`, or Docker's `{Name, MaximumRetryCount}`. */
const restartPolicy: Parse<ContainerRestart> = (value, refuse) => {
  const text = isDictionary(value)
    ? [value['Name'], value['MaximumRetryCount'] ?? 0].map(String).join(':')
    : word(value, refuse);
  if (text === null) return null;
  const [kind = '', count = '0', ...more] = text.split(':');
  if (more.length > 0) return refuse(`'${text}' has more parts than name and count`);
  if (!/^\d{1,10}$/.test(count)) return refuse(`'${count}' is no number of retries`);
  const limit = Number(count);
  switch (kind) {
    case 'on-failure':
      return { kind, limit, maxPauseMs: null };
    case 'no':
    case 'always':
    case 'unless-stopped':
      return limit === 0
        ? { kind }
        : refuse(`a number of retries says nothing with '${kind}'`, 'Use on-failure, or leave it out.');
    default:
      return refuse(`'${kind}' is none of no, always, unless-stopped, on-failure`);
  }
};

/** Drivers that keep files of the same kind. */
const fileDrivers: ReadonlySet<string> = new Set(['json-file', 'local', 'k8s-file']);

const logDriver: Parse<string> = (value, refuse) => {
  const text = word(value, refuse);
  if (text === null) return null;
  return isEngineName(text) ? text : refuse(`'${text}' is no name of a log driver`);
};

function logOf(reader: ParameterReader): ContainerLog {
  const driver = reader.read('log_driver', logDriver);
  const options = reader.read('log_opt', pairs()) ?? {};
  if (driver === 'none') {
    if (Object.keys(options).length > 0)
      reader.conflict('log_opt', 'options say nothing with the log_driver none');
    return { kind: 'none' };
  }
  return driver === undefined || fileDrivers.has(driver)
    ? (reader.read('log_opt', (_, refuse) => logFiles(options, refuse)) ?? plainLog)
    : { kind: 'driver', name: driver, options };
}

const plainLog = plainContainerSettings.log;

const logFiles: Parse<ContainerLog> = (value, refuse) => {
  const options = value as Readonly<Record<string, string>>;
  const known = ['max-file', 'max-size', 'mode', 'max-buffer-size'];
  for (const name of Object.keys(options)) {
    if (!known.includes(name)) refuse(`'${name}' is none of ${known.join(', ')}`, undefined, [name]);
  }
  const read = <T>(name: string, parse: Parse<T>): T | undefined =>
    options[name] === undefined ? undefined : (parse(options[name], inside(refuse, [name])) ?? undefined);
  const mode = options['mode'] ?? 'blocking';
  if (mode !== 'blocking' && mode !== 'non-blocking')
    return refuse(`'${mode}' is no mode of logging`, undefined, ['mode']);
  const buffer = read('max-buffer-size', size);
  if (buffer !== undefined && mode === 'blocking') {
    return refuse('max-buffer-size says nothing with the mode blocking', undefined, ['max-buffer-size']);
  }
  return {
    kind: 'files',
    files: read('max-file', whole(1, 1_000)) ?? 3,
    fileBytes: read('max-size', size) ?? 10 * 2 ** 20,
    folder: null,
    bufferBytes: mode === 'blocking' ? null : (buffer ?? 2 ** 20),
  };
};
