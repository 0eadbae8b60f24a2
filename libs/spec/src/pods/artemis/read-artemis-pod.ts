// SPDX-License-Identifier: Apache-2.0
import { join } from '../../diagnostic.ts';
import { capped } from '../../problem-list.ts';
import { artemisSchemaUrl } from '../dialect.ts';
import type { ForeignKeys, PodSpec } from '../pod-spec.ts';
import type { PodReading } from '../read-pod.ts';
import { originIn, valueOf, type MapNode } from '../spec-node.ts';
import { createFindings, quoted, type Findings } from './findings.ts';
import { createKeyReader, isObject, type JsonObject, type KeyReader } from './key-reader.ts';
import { readConnections, type ReadConnection } from './read-connections.ts';
import { readArtemisContainer } from './read-artemis-container.ts';

/**
 * A flattened specification as Artemis (v0.34) reads it, with its outcomes and its words, so that a fleet can move as it is.
 */
export function readArtemisPod(root: MapNode): PodReading {
  const findings = createFindings();
  const keys = createKeyReader(
    valueOf(root) as JsonObject,
    { holder: 'pod specification', pointer: '' },
    findings,
  );
  const value = readSpec(keys, findings, root);
  const { problems } = findings;
  const faulty = problems.flatMap(({ severity, place }) =>
    // What the file as a whole lacks, no part of it has to answer for.
    severity === 'error' && place.kind !== 'range' && place.pointer !== '' ? [place.pointer] : [],
  );
  return { value, problems: capped(problems), faulty: new Set(faulty) };
}

function readSpec(keys: KeyReader, findings: Findings, root: MapNode): PodSpec {
  const name = keys.required('name') ?? '';
  const foreign = readVersions(keys, findings);
  checkSchema(keys);
  const { holder, containers } = readContainerMap(keys, findings);
  const read = Object.entries(containers).flatMap(([container, entry]) => {
    const pointer = join('', holder, container);
    if (isObject(entry)) {
      const found = readArtemisContainer(
        container,
        { entry, pointer, origin: originIn(root, pointer) },
        findings,
      );
      return found === undefined ? [] : [found];
    }
    findings.error(
      'wrong-type',
      `Container ${container} in pod specification is not a map: ${quoted(entry)}`,
      pointer,
    );
    return [];
  });
  const connections = readConnections(keys.list('connections') ?? [], findings);
  const seconds = keys.duration('max-offline') ?? 0;
  keys.warnUnused();
  checkRequired(connections, containers, findings);
  return {
    dialect: 'artemis',
    name,
    maxOfflineSeconds: seconds === 0 ? null : seconds,
    runningConfigs: [],
    removeContainers: [],
    connections: connections.map(({ connection }) => connection),
    containers: read,
    foreign,
    open: [],
  };
}

/** What Artemis builds a pod of. */
function readVersions(keys: KeyReader, findings: Findings): ForeignKeys {
  const artemis = keys.required('artemis-version');
  const sdk = keys.text('sdk-version');
  const envelope = keys.text('firmware-envelope');
  if (sdk !== undefined && !semver.test(sdk))
    keys.find('invalid-value', `Invalid sdk-version: ${sdk}`, 'sdk-version');
  if (!keys.has('sdk-version'))
    findings.warning('deprecated', "Implicit 'sdk-version' is deprecated. Please specify 'sdk-version'.", '');
  const chip = keys.text('chip');
  const said = [keys.has('firmware-envelope'), keys.has('chip')] as const;
  if (said[1])
    findings.warning(
      'deprecated',
      said[0]
        ? "The 'chip' property is deprecated and ignored. Only 'firmware-envelope' is used."
        : "The 'chip' property is deprecated. Use 'firmware-envelope' instead.",
      '/chip',
    );
  else if (!said[0])
    findings.warning(
      'deprecated',
      "Implicit envelope 'esp32' is deprecated. Please specify 'firmware-envelope'.",
      '',
    );
  const partitions = keys.text('partitions');
  return {
    ...(sdk === undefined ? {} : { 'sdk-version': sdk }),
    'artemis-version': artemis,
    'firmware-envelope': envelope ?? chip ?? 'esp32',
    ...(partitions === undefined ? {} : { partitions }),
  };
}

/** Semantic versions (2.0.0), with or without a leading v. */
const semver =
  /^v?(?:0|[1-9]\d*)\.(?:0|[1-9]\d*)\.(?:0|[1-9]\d*)(?:-[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?$/;

function checkSchema(keys: KeyReader): void {
  const version = keys.whole('version');
  const schema = keys.text('$schema');
  if (!keys.has('version') && !keys.has('$schema')) keys.required('$schema');
  else if (schema !== undefined) {
    if (schema !== artemisSchemaUrl)
      keys.find('invalid-value', `Unsupported pod specification schema: ${schema}`, '$schema');
  } else if (version !== undefined && version !== 1)
    keys.find('invalid-value', `Unsupported pod specification version ${String(version)}`, 'version');
}

function readContainerMap(
  keys: KeyReader,
  findings: Findings,
): { readonly holder: string; readonly containers: JsonObject } {
  if (keys.has('apps') && keys.has('containers'))
    findings.error(
      'conflicting-settings',
      "Both 'apps' and 'containers' are present in pod specification.",
      '/apps',
    );
  const holder = keys.has('containers') ? 'containers' : 'apps';
  if (holder === 'containers') keys.value('apps');
  return { holder, containers: keys.map(holder) ?? {} };
}

function checkRequired(
  connections: readonly ReadConnection[],
  containers: JsonObject,
  findings: Findings,
): void {
  for (const { connection, pointer } of connections) {
    if (connection.type === 'wifi') continue;
    connection.requires.forEach((name, index) => {
      if (!Object.hasOwn(containers, name))
        findings.error(
          'container-undefined',
          `Connection requires container '${name}', but it is not installed.`,
          join(pointer, 'requires', index),
        );
    });
  }
}
