// SPDX-License-Identifier: Apache-2.0
import { podForms, variable } from './pod-forms.ts';
import {
  anyOf,
  custom,
  fileSchema,
  flag,
  form,
  integer,
  list,
  object,
  oneOf,
  record,
  type ValueOf,
} from './shape.ts';

/** What says that a file is one of ours. */
export const podSchemaUrl = 'https://fairlead.dev/schemas/pod/v1.json';

const text = (description: string) => form<string>('text', description);
/** A text of a named form, or one with a variable. */
const formed = (name: keyof typeof podForms, description: string) =>
  variable(form<string>(name, description));
const choice = <const T extends string>(values: readonly T[], description: string) =>
  variable(oneOf(values, description));

/** What a container can be; exactly one of them. */
export const containerKinds = ['entrypoint', 'snapshot', 'image', 'firmware'] as const;
/** How health is asked for; exactly one of them. */
const probeKinds = ['command', 'http', 'tcp', 'rpmsg'] as const;

const interval = object(
  {
    interval: formed(
      'artemisDuration',
      'this long after its last start, like 20s; 0s: again as soon as it ends',
    ),
  },
  ['interval'],
  'starts it again and again',
);

const trigger = anyOf(
  [
    oneOf(
      ['boot', 'install'],
      'boot: at each start of the device; install: when another version of it was installed',
    ),
    interval,
  ],
  'boot, install, or an object with interval',
);

const health = object(
  {
    command: list(text('the program, or an argument'), 'healthy when this command ends with 0', 1),
    http: formed('probeUrl', 'healthy when this URL answers with a status from 200 to 399'),
    tcp: anyOf(
      [
        integer('a port of the device itself', 1, 65_535),
        form<string>('probeAddress', 'host and port'),
        form<string>('placeholder'),
      ],
      'healthy when this port, or host and port, takes a connection',
    ),
    rpmsg: formed('label', 'healthy when the endpoint of this name, which the firmware announces, answers'),
    interval: formed('period', 'from one probe to the next; 10s unless said'),
    timeout: formed('period', 'how long a probe may take; 5s unless said'),
    retries: integer('failed probes in a row after which it is unhealthy; 3 unless said', 1, 1_000),
    'start-period': formed(
      'duration',
      'after its start, failed probes count only from here on; 0s unless said',
    ),
    window: formed(
      'duration',
      'how long it must stay healthy before a revision counts as good; unless said, as the agent is set',
    ),
  },
  [],
  'how its health is known',
  { oneOf: probeKinds },
);

const resources = object(
  {
    memory: anyOf(
      [
        integer('bytes', 1, Number.MAX_SAFE_INTEGER),
        form<string>('size', 'bytes with a unit'),
        form<string>('placeholder'),
      ],
      'memory that it may take, like 64Mi; a number is bytes',
    ),
    cpus: anyOf(
      [
        custom<number>({ type: 'number', minimum: 0.001, maximum: 9_999 }),
        form<string>('cpus', 'cores'),
        form<string>('placeholder'),
      ],
      'cores that it may take, like 0.5',
    ),
    pids: integer('processes and threads that it may have', 1, 2 ** 22),
  },
  [],
  'upper bounds',
);

const container = object(
  {
    entrypoint: formed('path', 'the program, as a path relative to this file, or to the checkout of git'),
    git: formed('address', 'address of the repository that holds the entrypoint; needs branch'),
    branch: formed('gitRef', 'the branch or tag of git; the lock says which commit it means'),
    snapshot: formed('path', 'a prebuilt snapshot, as a path relative to this file'),
    image: formed('image', 'an OCI image; the lock says which digest its tag means'),
    firmware: formed('path', 'firmware of an auxiliary core, as a path relative to this file'),
    arguments: list(text('an argument'), 'arguments of the program; with image, its command'),
    settings: custom<Readonly<Record<string, unknown>>>({
      type: 'object',
      description: 'only with image: how the container is made, in the names of startup_parameters',
    }),
    'required-tags': list(
      formed('tag', 'a tag of the same image'),
      'only with image: tags that are pulled first and never run',
    ),
    'purge-data': flag('only with image: moves the data of the old container aside; false unless said'),
    update: choice(
      ['download-then-kill', 'kill-then-download', 'hand-over'],
      'only with image: how the new one takes the place of the old; download-then-kill unless said',
    ),
    processor: formed(
      'line',
      'only with firmware: name, index or device path of the processor; may be left out where there is one',
    ),
    recovery: choice(
      ['disabled', 'enabled'],
      'only with firmware: whether the kernel starts a crashed core again; disabled unless said',
    ),
    requires: list(
      formed('name', 'the name of a unit'),
      'units that must be ready before it starts; it starts again with them',
    ),
    triggers: list(trigger, 'what starts it; [boot] unless said, [] for nothing; none with critical'),
    runlevel: anyOf(
      [
        integer('1 critical, 2 priority, 3 normal', 1, 3),
        oneOf(['critical', 'priority', 'normal'], '1, 2 or 3 by name'),
        form<'critical'>('placeholder'),
      ],
      'a device in trouble runs the lower ones only; normal unless said, critical with critical',
    ),
    background: flag('does not keep the device from what waits for idleness; false unless said'),
    critical: flag('always runs, is started again at once, and has no triggers; false unless said'),
    resources,
    health,
  },
  [],
  'one unit that the device runs',
  {
    oneOf: containerKinds,
    needs: {
      git: ['entrypoint', 'branch'],
      branch: ['git'],
      settings: ['image'],
      'required-tags': ['image'],
      'purge-data': ['image'],
      update: ['image'],
      processor: ['firmware'],
      recovery: ['firmware'],
    },
  },
);

const containers = record(container, 'what the device runs, by name', form<string>('name'));
const requires = list(formed('name', 'the name of a container'), 'containers that it needs');

const connection = anyOf(
  [
    object(
      {
        type: oneOf(['wifi'], 'a wireless network'),
        ssid: formed('text', 'the name of the network'),
        password: form<string>('secret', 'its password, as {{secrets.NAME}}; the device knows the value'),
        config: oneOf(['provisioned'], 'the device uses what is stored on it'),
      },
      ['type'],
      'a wireless network',
      { oneOf: ['ssid', 'config'], needs: { ssid: ['password'], password: ['ssid'] } },
    ),
    object({ type: oneOf(['ethernet'], 'a wired network'), requires }, ['type'], 'a wired network'),
    object(
      {
        type: oneOf(['cellular'], 'a modem'),
        config: custom<Readonly<Record<string, unknown>>>({
          type: 'object',
          description: 'settings of the modem',
        }),
        requires,
      },
      ['type'],
      'a modem',
    ),
  ],
  'a network: wifi, ethernet or cellular',
);

/** A pod specification as it must be once all that it extends is merged into it. */
export const flatPodShape = fileSchema(
  'pod-flat',
  'Fairlead pod specification, flattened',
  object(
    {
      $schema: oneOf([podSchemaUrl], 'says that this is a pod specification of Fairlead'),
      name: formed('podName', 'the name of the pod; unless said, that of the file'),
      'max-offline': formed(
        'artemisDuration',
        'how long the device may go without contact, like 1h 30m; 0s unless said: it stays connected',
      ),
      connections: list(connection, 'networks, the preferred first; without effect for now'),
      containers,
      apps: custom<ValueOf<typeof containers>>({
        ...containers.schema,
        description: 'old name of containers',
      }),
      'running-config': list(
        formed('path', 'relative to this file'),
        'paths of running configs that belong to the pod',
      ),
      'remove-containers': list(
        formed('label', 'the name of a container'),
        'containers that somebody else created, to be removed',
      ),
    },
    ['$schema', 'name'],
    'What devices run: containers with triggers and run levels, and running configs.',
  ),
  podForms,
);

export type PodFile = ValueOf<typeof flatPodShape>;
export type ContainerEntry = ValueOf<typeof container>;
export type ConnectionEntry = ValueOf<typeof connection>;
export type TriggerEntry = ValueOf<typeof trigger>;
export type HealthEntry = ValueOf<typeof health>;
export type ResourcesEntry = ValueOf<typeof resources>;
