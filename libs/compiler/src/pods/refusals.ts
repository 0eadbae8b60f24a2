// SPDX-License-Identifier: Apache-2.0
import type { PodContainer } from '@fairlead/spec';
import { isUnitName } from '@fairlead/target';
import type { Findings, Source } from '../findings.ts';
import type { ContainerParts } from './draft-pod.ts';

export function refuseUnbuilt(source: Source, what: string, findings: Findings): void {
  findings.add(source, '', {
    code: 'pod-not-built',
    message: `${what}, which must be built before a group deploys it`,
  });
}

/** Artemis's own specifications may have them. */
export function refusePins({ name, gpio }: PodContainer, source: Source, findings: Findings): void {
  if (gpio.length === 0) return;
  findings.add(source, '/triggers', {
    code: 'trigger-unsupported',
    message: `the container '${name}' is started by pins, for which devices of this fleet have no driver`,
  });
}

/** Artemis takes any text for a name; here it becomes a folder on the device. */
export function refuseName({ name }: PodContainer, source: Source, findings: Findings): void {
  if (isUnitName(name)) return;
  const message = `${JSON.stringify(name)} is not allowed as the name of what a device runs`;
  findings.add(source, '', { code: 'invalid-name', message, key: true });
}

/** Such a container may stand in a specification as long as no group deploys it. */
export function refuseToit({ container, at }: ContainerParts, findings: Findings): void {
  findings.add(at(), '', {
    code: 'source-unsupported',
    message: `the container '${container.name}' needs Toit, which no agent of Fairlead runs`,
    hint: 'Give it an image or an entrypoint that Linux runs; or deploy a pod without it.',
  });
}
