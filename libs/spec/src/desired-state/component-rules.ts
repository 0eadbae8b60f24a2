// SPDX-License-Identifier: Apache-2.0
import {
  isSingleKey,
  parseComponent,
  type DesiredComponent,
  type KantoContainer,
  type SettingProblem,
} from '@fairlead/target';
import { at, atKey, join, type Problem } from '../diagnostic.ts';
import { parseImageReference } from '../lock/image-reference.ts';
import { nearest } from '../nearest.ts';
import { indexed } from '../indexed.ts';

/** A component of containers, and what is wrong with it, by the place of the component in its file. */
interface ReadComponent {
  /** Undefined where something is wrong. */
  readonly container: KantoContainer | undefined;
  readonly problems: readonly Problem[];
}

/** What is wrong with a component as it is written. One with variables is not known before they have values. */
export function componentProblems(component: DesiredComponent, place: string): readonly Problem[] {
  const open = [component.version, ...indexed(component.config).map(({ item }) => item.value)];
  return [
    ...(open.some((text) => text !== undefined && /\{\{\s*vars\./.test(text))
      ? []
      : readComponent(component, place).problems),
    ...repeatedKeys(component, place),
  ];
}

/** Reads a component; of its config what has no form is passed over. */
export function readComponent(component: DesiredComponent, place: string): ReadComponent {
  const entries = indexed(component.config);
  const parsed = parseComponent({ ...component, config: entries.map(({ item }) => item) });
  if (!parsed.ok) {
    const written = parsed.error.map((problem) => {
      const [key, index, ...more] = problem.path;
      const entry = key === 'config' && typeof index === 'number' ? entries[index] : undefined;
      return problemAt(
        problem,
        join(place, ...(entry === undefined ? problem.path : ['config', entry.index, ...more])),
      );
    });
    return { container: undefined, problems: written };
  }
  const { value: container } = parsed;
  const reference = parseImageReference(container.image);
  if (reference.ok) return { container, problems: [] };
  const last = entries.findLast(({ item }) => item.key === 'image');
  const problem: Problem = {
    severity: 'error',
    code: 'invalid-value',
    message: `'${container.image}' is no image reference: ${reference.error}`,
    hint: 'Write it like registry.example.org/team/app:1.2',
    place: at(join(place, ...(last === undefined ? ['version'] : ['config', last.index, 'value']))),
  };
  return { container: undefined, problems: [problem] };
}

/** A problem of a value that knows no file, at its place in one. */
function problemAt({ code, message, hint, key, suggest }: SettingProblem, pointer: string): Problem {
  const near = suggest === undefined ? undefined : nearest(suggest.written, suggest.among);
  const way = near === undefined ? hint : `Did you mean '${near}'?`;
  return {
    severity: 'error',
    code,
    message,
    place: key === true ? atKey(pointer) : at(pointer),
    ...(way === undefined ? {} : { hint: way }),
  };
}

/** Of a key that has one value the last counts, which who reads from the top does not see. */
function repeatedKeys({ config }: DesiredComponent, place: string): readonly Problem[] {
  const entries = indexed(config);
  const lasts = new Map(entries.map((entry) => [entry.item.key, entry]));
  return entries.flatMap(({ item: { key, value }, index }): Problem[] => {
    const last = isSingleKey(key) ? lasts.get(key) : undefined;
    if (last === undefined || last.index === index || last.item.value === value) return [];
    return [
      {
        severity: 'warning',
        code: 'no-effect',
        message: `the key '${key}' stands again below, and the last one counts`,
        hint: 'Remove this entry.',
        place: at(join(place, 'config', index)),
      },
    ];
  });
}
