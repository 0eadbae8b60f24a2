// SPDX-License-Identifier: Apache-2.0
import { checkShape } from '../check-shape.ts';
import { join, type Problem } from '../diagnostic.ts';
import { distinct, indexed } from '../indexed.ts';
import { capped } from '../problem-list.ts';
import {
  containerKinds,
  flatPodShape,
  type ConnectionEntry,
  type ContainerEntry,
  type PodFile,
} from '../schemas/pod-schema.ts';
import { durationOfKey } from './artemis-duration.ts';
import { openTexts, type OpenTexts } from './open-texts.ts';
import { refuseKey } from './pod-keys.ts';
import { containersOf, podProblems } from './pod-rules.ts';
import type { OpenText, PodConnection, PodSpec } from './pod-spec.ts';
import { readContainer } from './read-container.ts';
import { originIn, valueOf, type MapNode } from './spec-node.ts';

/** What came of reading a flattened specification. Problems have pointers into it. */
export interface PodReading {
  /** With errors: what has the form, without containers of which it is not known what they are. Undefined where nothing is left. */
  readonly value: PodSpec | undefined;
  readonly problems: readonly Problem[];
  /** Pointers of what the problems speak of: nothing more is to be said there, and nothing follows from its absence. */
  readonly faulty: ReadonlySet<string>;
}

/** A flattened specification in our dialect. */
export function readPod(root: MapNode): PodReading {
  const { value, problems, faulty } = checkShape(flatPodShape.schema, valueOf(root), refuseKey);
  const file = value as PodFile | undefined;
  if (file === undefined) return { value: undefined, problems: capped(problems), faulty };
  return {
    value: specOf(file, root),
    problems: capped([...problems, ...podProblems(file)]),
    faulty,
  };
}

function specOf(file: PodFile, root: MapNode): PodSpec {
  const open: OpenText[] = [];
  const { holder, containers } = containersOf(file);
  const texts = (pointer: string, written = pointer): OpenTexts =>
    openTexts(open, { pointer, written, root });
  const seconds = texts('').read('max-offline', file['max-offline'], durationOfKey, 0);
  return {
    dialect: 'fairlead',
    // Missing where it lacks the form.
    name: Object.hasOwn(file, 'name') ? file.name : '',
    maxOfflineSeconds: seconds === 0 ? null : seconds,
    runningConfigs: indexed(file['running-config']).map(({ item: path, index }) => ({
      path,
      origin: originIn(root, join('/running-config', index)),
    })),
    removeContainers: distinct(file['remove-containers']),
    connections: indexed(file.connections).map(({ item }) => connectionOf(item)),
    containers: Object.entries(containers).flatMap(([name, entry]) =>
      isKnown(entry)
        ? [
            readContainer(
              { name, origin: originIn(root, join('', holder, name)) },
              entry,
              texts(join('/containers', name), join('', holder, name)),
            ),
          ]
        : [],
    ),
    foreign: {},
    open,
  };
}

function isKnown(entry: ContainerEntry): boolean {
  return containerKinds.some((key) => entry[key] !== undefined);
}

function connectionOf(entry: ConnectionEntry): PodConnection {
  switch (entry.type) {
    case 'wifi': {
      const { type, ssid = '', password = '' } = entry;
      return { type, network: entry.config ?? { ssid, password } };
    }
    case 'ethernet':
      return { type: entry.type, requires: distinct(entry.requires) };
    case 'cellular':
      return { type: entry.type, config: entry.config ?? {}, requires: distinct(entry.requires) };
  }
}
