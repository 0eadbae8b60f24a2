// SPDX-License-Identifier: Apache-2.0
import { desiredStateShape } from './desired-state-schema.ts';
import { devicesShape } from './devices-schema.ts';
import { fleetShape } from './fleet-schema.ts';
import { fragmentOf } from './fragment-schema.ts';
import { historyShape } from './history-schema.ts';
import { lockShape } from './lock-schema.ts';
import { flatPodShape } from './pod-schema.ts';
import { runningConfigShape } from './running-config-schema.ts';
import type { FileSchema } from './json-schema.ts';

const podShape = fragmentOf(flatPodShape, 'pod', 'Fairlead pod specification');

/** Every schema that we ship, by the URL that a file's `$schema` may name. */
export const schemas: ReadonlyMap<string, FileSchema> = new Map(
  [
    fleetShape,
    devicesShape,
    runningConfigShape,
    desiredStateShape,
    podShape,
    flatPodShape,
    historyShape,
    lockShape,
  ].map(({ schema }) => [schema.$id, schema]),
);
