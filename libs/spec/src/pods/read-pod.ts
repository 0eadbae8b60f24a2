// SPDX-License-Identifier: Apache-2.0
import { checkShape } from '../check-shape.ts';
import { join, type Problem } from '../diagnostic.ts';
import { capped } from '../problem-list.ts';
import { flatPodShape, type ConnectionEntry, type PodFile } from '../schemas/pod-schema.ts';
import { durationOfKey } from './artemis-duration.ts';
import { openTexts, type OpenTexts } from './open-texts.ts';
import { refuseKey } from './pod-keys.ts';
import { containersOf, podProblems } from './pod-rules.ts';
import type { OpenText, PodConnection, PodSpec } from './pod-spec.ts';
import { readContainer } from './read-container.ts';
import { originIn, valueOf, type MapNode } from './spec-node.ts';

/** What came of reading a flattened specification. Problems have pointers into it. */
export interface PodReading {
  /** Undefined with an error. */
  readonly value: PodSpec | undefined;
  readonly problems: readonly Problem[];
}

/** A flattened specification in our dialect. */
export function readPod(root: MapNode): PodReading {
  const { value, problems: found } = checkShape(flatPodShape.schema, valueOf(root), refuseKey);
  const file = value as PodFile | undefined;
  const problems = file === undefined ? found : [...found, ...podProblems(file)];
  const faulty = file === undefined || problems.some(({ severity }) => severity === 'error');
  return { value: faulty ? undefined : specOf(file, root), problems: capped(problems) };
}

function specOf(file: PodFile, root: MapNode): PodSpec {
  const open: OpenText[] = [];
  const { holder, containers } = containersOf(file);
  const texts = (pointer: string, written = pointer): OpenTexts =>
    openTexts(open, { pointer, written, root });
  const seconds = texts('').read('max-offline', file['max-offline'], durationOfKey, 0);
  return {
    dialect: 'fairlead',
    name: file.name,
    maxOfflineSeconds: seconds === 0 ? null : seconds,
    runningConfigs: (file['running-config'] ?? []).map((path, index) => ({
      path,
      origin: originIn(root, join('/running-config', index)),
    })),
    removeContainers: [...new Set(file['remove-containers'])],
    connections: (file.connections ?? []).map(connectionOf),
    containers: Object.entries(containers).map(([name, entry]) =>
      readContainer(
        { name, origin: originIn(root, join('', holder, name)) },
        entry,
        texts(join('/containers', name), join('', holder, name)),
      ),
    ),
    foreign: {},
    open,
  };
}

function connectionOf(entry: ConnectionEntry): PodConnection {
  switch (entry.type) {
    case 'wifi': {
      const { type, ssid = '', password = '' } = entry;
      return { type, network: entry.config ?? { ssid, password } };
    }
    case 'ethernet':
      return { type: entry.type, requires: [...new Set(entry.requires)] };
    case 'cellular':
      return { type: entry.type, config: entry.config ?? {}, requires: [...new Set(entry.requires)] };
  }
}
