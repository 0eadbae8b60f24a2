// SPDX-License-Identifier: Apache-2.0

/** A Maestro running config, as far as these tests write one. */
export interface RunningConfig {
  readonly jobs: readonly object[];
  readonly images?: readonly object[];
  readonly configs?: readonly object[];
  readonly templates?: readonly object[];
}

/** A shell job. `version` stands in its environment: another one changes the unit and nothing else. */
export function shell(name: string, script: string, version = '1', more: object = {}): object {
  return { job: name, exec_cmd: 'sh', exec_args: ['-c', script], env: [`VERSION=${version}`], ...more };
}

/** A job that does nothing, for ever, in one process. */
export function idle(name: string, version = '1', more: object = {}): object {
  return shell(name, 'exec sleep 1000000', version, more);
}

/** A shell job that counts as started only when it has printed its ok string; `talker` must be among the templates. */
export function talking(name: string, script: string, more: object = {}): object {
  return { job: name, container_template: 'talker', exec_cmd: script, ...more };
}

/** Waits 500 ms for the ok string. */
export const talker = {
  name: 'talker',
  exec_cmd: 'sh',
  exec_pre_args: ['-c'],
  uses_ok_string: true,
  timeout_for_ok: 500,
};

/** An image of a job, as its host states it. */
export function image(
  job: string,
  file: { readonly url: string; readonly size: number; readonly checksum: string },
): object {
  const { url, size, checksum } = file;
  return {
    job,
    version: '1',
    url,
    size,
    checksum: { type: 'sha256sum', value: checksum },
    image_type: 'tarball',
  };
}
