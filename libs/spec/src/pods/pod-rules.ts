// SPDX-License-Identifier: Apache-2.0
import { at, atKey, join, type Problem } from '../diagnostic.ts';
import type { ConnectionEntry, ContainerEntry, PodFile, TriggerEntry } from '../schemas/pod-schema.ts';

/** What the schema of a flattened specification cannot say. Pointers are into the flattened value. */
export function podProblems(file: PodFile): readonly Problem[] {
  const { holder, containers } = containersOf(file);
  return [
    ...(file.containers !== undefined && file.apps !== undefined ? [twoNames] : []),
    ...Object.entries(containers).flatMap(([name, container]) =>
      containerProblems(container, join('', holder, name)),
    ),
    ...connectionProblems(file.connections ?? [], new Set(Object.keys(containers))),
  ];
}

/** The containers of a specification, and the key that holds them. */
export function containersOf({ containers, apps }: PodFile): {
  readonly holder: 'containers' | 'apps';
  readonly containers: Readonly<Record<string, ContainerEntry>>;
} {
  if (containers === undefined && apps !== undefined) return { holder: 'apps', containers: apps };
  return { holder: 'containers', containers: containers ?? {} };
}

const twoNames: Problem = {
  severity: 'error',
  code: 'conflicting-settings',
  message: "'apps' is the old name of 'containers', and both stand here",
  hint: "Move what is in 'apps' to 'containers'.",
  place: atKey('/apps'),
};

function containerProblems(container: ContainerEntry, pointer: string): readonly Problem[] {
  return [
    ...(container.critical === true && container.triggers !== undefined ? [criticalTriggers(pointer)] : []),
    ...triggerProblems(container.triggers ?? [], join(pointer, 'triggers')),
    ...checkoutProblems(container, join(pointer, 'entrypoint')),
  ];
}

function criticalTriggers(pointer: string): Problem {
  return {
    severity: 'error',
    code: 'conflicting-settings',
    message: 'a critical container always runs, so it has no triggers',
    hint: "Remove 'triggers', or 'critical'; null takes away what a base brings.",
    place: atKey(join(pointer, 'triggers')),
  };
}

function triggerProblems(triggers: readonly TriggerEntry[], pointer: string): readonly Problem[] {
  const seen = new Set<string>();
  return triggers.flatMap((trigger, index): Problem[] => {
    const kind = typeof trigger === 'string' ? trigger : 'interval';
    if (!seen.has(kind)) {
      seen.add(kind);
      return [];
    }
    return [
      {
        severity: 'error',
        code: 'conflicting-settings',
        message: `the trigger '${kind}' stands twice`,
        hint: "Keep one of them. Lists of a specification and its bases are joined; to have your own alone, take the container's own out of the base.",
        place: at(join(pointer, index)),
      },
    ];
  });
}

/** A path in a checkout leads nowhere else. */
function checkoutProblems({ git, entrypoint }: ContainerEntry, pointer: string): readonly Problem[] {
  if (git === undefined || entrypoint === undefined) return [];
  if (!entrypoint.startsWith('/') && !entrypoint.split('/').includes('..')) return [];
  return [
    {
      severity: 'error',
      code: 'path-unsafe',
      message: `'${entrypoint}' leads out of the repository that 'git' names`,
      place: at(pointer),
    },
  ];
}

function connectionProblems(
  connections: readonly ConnectionEntry[],
  containers: ReadonlySet<string>,
): readonly Problem[] {
  const missing = connections.flatMap((connection, index) => {
    if (!('requires' in connection)) return [];
    return (connection.requires ?? []).flatMap((name, item): Problem[] =>
      containers.has(name) || name.includes('{{')
        ? []
        : [
            {
              severity: 'error',
              code: 'container-undefined',
              message: `the connection requires the container '${name}', which the pod does not have`,
              place: at(join('/connections', index, 'requires', item)),
            },
          ],
    );
  });
  return connections.length === 0 ? missing : [...missing, withoutEffect];
}

const withoutEffect: Problem = {
  severity: 'note',
  code: 'no-effect',
  message: 'connections have no effect for now: the networks of a device are its own business',
  hint: 'Leave them: they are checked, and kept in their order.',
  place: atKey('/connections'),
};
