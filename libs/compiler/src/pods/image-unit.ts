// SPDX-License-Identifier: Apache-2.0
import { sortedBy } from '@fairlead/base';
import {
  formatImageReference,
  parseImageReference,
  type ContainerKind,
  type PodContainer,
} from '@fairlead/spec';
import {
  containerUnit,
  parseStartupParameters,
  type ContainerUnit,
  type SettingProblem,
  type StartupParameters,
} from '@fairlead/target';
import { lockedImage } from '../containers/locked-image.ts';
import type { Findings } from '../findings.ts';
import type { ContainerParts, PodContext } from './draft-pod.ts';

/** A container with an image. */
export function imageUnit(
  { container, at, atItem, common }: ContainerParts,
  kind: ImageKind,
  context: PodContext,
): ContainerUnit | undefined {
  const image = lockedImage(kind.image, at('image'), context);
  const required = kind.requiredTags.map((tag) =>
    lockedImage(withTag(kind.image, tag), atItem('required-tags', tag), context),
  );
  const parameters = readSettings(container, kind, at, context.findings);
  if (image === undefined || required.includes(undefined) || parameters === undefined) return undefined;
  const { settings, resources } = parameters;
  const images = new Map(required.flatMap((one) => (one === undefined ? [] : [[one.reference, one]])));
  return containerUnit({
    ...common,
    ...settings,
    attributes: { ...common.attributes, resources },
    pod: context.pod.name,
    image,
    requiredImages: sortedBy(images.values(), ({ reference }) => reference),
    update: kind.update,
    command: container.arguments.length === 0 ? settings.command : container.arguments,
    purge: kind.purgeData ? dataFolders(settings.mounts) : [],
  });
}

/** The settings of a container; undefined where they are wrong. */
export function readSettings(
  container: PodContainer,
  kind: ImageKind,
  at: ContainerParts['at'],
  findings: Findings,
): StartupParameters | undefined {
  const parameters = parseStartupParameters(kind.settings, container.resources);
  if (!parameters.ok) {
    reportSettings(parameters.error, at, findings);
    return undefined;
  }
  if (container.arguments.length > 0 && parameters.value.settings.command !== null) {
    findings.add(at('arguments'), '', {
      code: 'conflicting-settings',
      message: `the container '${container.name}' has arguments, and a command in its settings: both are its command`,
    });
  }
  return parameters.value;
}

type ImageKind = Extract<ContainerKind, { readonly kind: 'image' }>;

function reportSettings(
  problems: readonly SettingProblem[],
  at: ContainerParts['at'],
  findings: Findings,
): void {
  for (const { path, suggest, ...problem } of problems) {
    findings.add(at('settings', ...path), '', {
      ...problem,
      ...(suggest === undefined ? {} : { suggest: { written: suggest.written, among: () => suggest.among } }),
    });
  }
}

/** Folders of the device that the container writes to. */
function dataFolders(mounts: ContainerUnit['mounts']): readonly string[] {
  const folders = mounts.flatMap(({ source, readOnly }) =>
    source.kind === 'host' && !readOnly ? [source.path] : [],
  );
  return sortedBy(new Set(folders), (path) => path);
}

/** Another tag of the same image. */
function withTag(image: string, tag: string): string {
  const parsed = parseImageReference(image);
  return parsed.ok ? formatImageReference({ ...parsed.value, version: { kind: 'tag', tag } }) : image;
}
