// SPDX-License-Identifier: Apache-2.0

/** Where Fairlead answers otherwise than what was observed. A case that neither passes nor stands here fails its suite. */
export interface Deviation {
  /** `<file>: <case>` below the folder of the data. */
  readonly of: string;
  readonly here: string;
  readonly reason: string;
}

const validation = 'maestro/observed/04-validation-cases.json';
const variables = 'maestro/observed/09-template-variables.json';
const decoding = 'maestro/observed/10-json-decoding.json';
const sample = '"../upstream/maestroSpecs-readme-running-config.json"';

const kanto = 'kanto/derived';
const parameters = 'autopi/startup-parameters.json';
/** Files of the daemon whose commands name `var_defs`. */
const withVarDefs = [
  'maestro-test-composite-id.config.yaml',
  'maestro-test-relaymq.config.yaml',
  'maestro-wwrelay-config.yaml',
  'meta-pelion-edge-rpi3bplus-2020-04.yaml',
];

export const deviations: readonly Deviation[] = [
  ...[5, 1000].map((runlevel) => ({
    of: `artemis/derived/pod-spec-validation.json: runlevel-${String(runlevel)}`,
    here: `Runlevel ${String(runlevel)} is never reached: nothing starts container app4.`,
    reason: 'Accepted as there, with a warning: its scheduler never goes above 3, and nobody was told.',
  })),
  ...['foo', 'zzzzzzzz-89ab-cdef-0123-456789abcdef'].map((name) => ({
    of: `artemis/derived/pod-references.json: ${name}`,
    here: 'names no tag or revision',
    reason: 'A group says which pod it means; a name alone was only for commands that list pods.',
  })),
  {
    of: 'artemis/derived/pod-references.json: @x',
    here: "'' is not the name of a pod",
    reason: 'A pod has a name.',
  },
  {
    of: 'artemis/derived/pod-references.json: foo#-1',
    here: "Invalid revision: '-1'.",
    reason: 'Revisions are counted from 1.',
  },
  {
    of: 'artemis/derived/extends-probes.json: nested-null-in-first-base-blocks-second',
    here: '{"containers":{"x":{"entrypoint":"c"}}}',
    reason:
      'A null takes away what the bases of its own file bring, at any depth; there it did more inside a mapping.',
  },
  {
    of: 'maestro/observed/02-composite.result.json: argv',
    here: 'PRE POST',
    reason:
      'What members state is no part of the argument list: there it depended on which of them was registered first.',
  },
  {
    of: `${validation}: unknown keys, including disabled: true`,
    here: 'error unknown-key',
    reason: 'An ignored key is a setting that silently does nothing.',
  },
  {
    of: `${validation}: composite member depends on another member of the same composite`,
    here: 'error dependency-cycle',
    reason: 'Members share one process, which cannot wait for itself; the daemon died of it.',
  },
  {
    of: `${validation}: template depends_on names an unknown job`,
    here: 'error dependency-unknown',
    reason: 'A job that waits for nothing known never starts; a commit is refused before that.',
  },
  ...[
    '{{FRUIT}}',
    '{{META}}',
    '{{NOPE}}/x',
    '{{CMD}}',
    '{{EMPTYENV}}',
    '{{#FRUIT}}s{{/FRUIT}}',
    '{{&FRUIT}}',
    '{{{FRUIT}}}',
  ].map((text) => ({
    of: `${variables}: ${text}`,
    here: 'error placeholder-unknown',
    reason:
      'There are no var_defs; variables are written {{vars.NAME}}, and no unknown name is ever an empty text.',
  })),
  {
    of: `${variables}: {{IMAGE}}/y`,
    here: '',
    reason: 'IMAGE is the folder of the active image, which the device fills in.',
  },
  {
    of: `${decoding}: RunningConfigPayload ${sample}`,
    here: '',
    reason: 'Configs are a list, as the README shows it; what is wrong with this one is a matter of meaning.',
  },
  {
    of: `${decoding}: RunningConfigOpPayload ${sample}`,
    here: '',
    reason: 'The same file is not read as the call of an interface, of which nothing would be left.',
  },
  {
    of: `${decoding}: ImageOpPayload {"type":"image","op":"add","app_name":"A","version":"9"}`,
    here: 'error missing-key, error unknown-key',
    reason: 'Images stand in running configs; there is no call that adds one to a device.',
  },
  {
    of: `${decoding}: JobDefinitionPayload {"job":"UPnP","disabled":true}`,
    here: '',
    reason: 'The field that the README promises exists.',
  },
  {
    of: `${decoding}: JobDefinitionPayload {"JOB":"a"}`,
    here: 'error unknown-key',
    reason: 'Keys have one spelling.',
  },
  {
    of: `${decoding}: JobDefinitionPayload {"job":null}`,
    here: 'error wrong-type',
    reason: 'A job has a name.',
  },
  {
    of: `${parameters}: volumes "/host/path:/container/path:ro"`,
    here: 'refused',
    reason:
      'As a volume it mounts nothing of the host, which nobody means who writes it; the hint names binds.',
  },
  {
    of: `${parameters}: privileged "false"`,
    here: 'refused',
    reason: 'There every text that is not empty is true.',
  },
  {
    of: `${parameters}: mem_limit "100mb"`,
    here: '104857600',
    reason: 'Sizes are kept as bytes, so that one size has one writing.',
  },
  ...withVarDefs.map((file) => ({
    of: `maestro/upstream/${file}: as it is`,
    here: 'error placeholder-unknown',
    reason:
      'There are no var_defs: the same names are variables of the fleet, and are written {{vars.NAME}}.',
  })),
  ...['as it is', 'with variables'].map((form) => ({
    of: `maestro/upstream/maestro-example.config.yaml: ${form}`,
    here: 'error placeholder-unknown',
    reason: '{{CMD}} stands only in comments and examples; the daemon rendered it to nothing.',
  })),
  ...[
    ['65536:80', 'A port above 65535 is cut to 16 bits there.'],
    ['70000:80', 'A port above 65535 is cut to 16 bits there.'],
    ['80:-1', 'A negative port becomes 65535 there.'],
    ['6000-5000:80', 'A range that runs backwards maps nothing.'],
  ].map(([text = '', reason = '']) => ({ of: `${kanto}/parse-port.json: ${text}`, here: 'refused', reason })),
  {
    of: `${kanto}/parse-port.json: localhost:55555:30555-30555/tcp`,
    here: '{"proto":"tcp","container_port":30555,"host_ip":"127.0.0.1","host_port":55555,"host_port_end":55555}',
    reason:
      "localhost is read as 127.0.0.1, and a range of one port as that port: Leda's own sample has both.",
  },
  ...['/dev/a:', ':/dev/b'].map((text) => ({
    of: `${kanto}/parse-device.json: ${text}`,
    here: 'refused',
    reason: 'A device has a path on both sides.',
  })),
  {
    of: `${kanto}/parse-device.json: /dev/a:/dev/b:rrr`,
    here: '{"path_on_host":"/dev/a","path_in_container":"/dev/b","cgroup_permissions":"r"}',
    reason: 'One meaning has one writing.',
  },
  {
    of: `${kanto}/parse-mount.json: vol:/b`,
    here: 'refused',
    reason: 'Kanto has no volumes, and a relative path means nothing on a device.',
  },
  ...['none-logs', 'retries-ignored-unless-on-failure'].map((name) => ({
    of: `${kanto}/component-to-container.json: ${name}`,
    here: 'conflicting-settings conflicting-settings',
    reason: 'What would be dropped in silence is an error.',
  })),
  {
    of: `${kanto}/component-to-container.json: booleans`,
    here: 'invalid-value',
    reason: 'A word that is no boolean is taken for false there.',
  },
  {
    of: `${kanto}/component-to-container.json: no-version`,
    here: 'missing-key',
    reason: "'no-version:' is no image.",
  },
  {
    of: 'kanto/upstream/kanto-docs/container-component-all-keys.json: kanto-docs/container-component-all-keys.json',
    here: 'error conflicting-settings, error invalid-value',
    reason:
      'The page shows every key, not one container: Kanto too refuses devices of a privileged one, and cannot resolve a host without an address.',
  },
  {
    of: 'kanto/upstream/kanto-docs/update-manager-api-1.json: kanto-docs/update-manager-api-1.json',
    here: 'error missing-key, error unknown-key',
    reason: 'A message of Ditto that holds a desired state is none itself.',
  },
];
