// SPDX-License-Identifier: Apache-2.0
import { defineCommand, exitCode } from '@fairlead/program';
import type { DeviceEnrolment, IssuedEnrolment } from '@fairlead/wire';
import { fetchEnrolments } from '../operator-client.ts';
import { operatorFlags, readOperator } from '../operator-flags.ts';
import { plainTable } from '../plain-table.ts';

export const enrollListCommand = defineCommand({
  name: 'enroll list',
  summary:
    'Tell which devices wait to be taken in, with the fingerprints of their keys, and which have a certificate.',
  examples: [
    'fairlead enroll list --server fleet.example.org:8443 --identity ~/fleet-keys/operator',
    'fairlead enroll list --server fleet.example.org:8443 --keys ~/fleet-keys --output json',
  ],
  flags: operatorFlags,
  async run({ flags }, context) {
    const devices = await fetchEnrolments(await readOperator(flags), context.signal);
    await context.answer({
      json: { waiting: devices.flatMap(waitingJson), issued: devices.flatMap(issuedJson) },
      text: enrolmentsText(devices),
    });
    return exitCode.done;
  },
});

function placeJson({ device, name, group }: DeviceEnrolment) {
  return { device, name: name === '' ? null : name, group: group === '' ? null : group };
}

function waitingJson(enrolment: DeviceEnrolment) {
  return enrolment.waiting.map(({ key, address, since }) => ({
    ...placeJson(enrolment),
    key,
    address,
    since: timeOf(since),
  }));
}

function issuedJson(enrolment: DeviceEnrolment) {
  const { certificate } = enrolment;
  if (certificate === null) return [];
  const { issued, expires, revoked, ...rest } = certificate;
  return [
    {
      ...placeJson(enrolment),
      ...rest,
      issued: timeOf(issued),
      expires: timeOf(expires),
      revoked: revoked === null ? null : { at: timeOf(revoked.at), by: revoked.by },
    },
  ];
}

function enrolmentsText(devices: readonly DeviceEnrolment[]): string {
  const waiting = devices.flatMap(({ device, name, group, waiting }) =>
    waiting.map(({ key, address, since }) => [device, name, group, key, address, timeOf(since)]),
  );
  const issued = devices.flatMap(({ device, name, group, certificate }) =>
    certificate === null ? [] : [[device, name, group, certificate.key, ...standing(certificate)]],
  );
  const parts = [
    waiting.length === 0
      ? 'nobody waits to be taken in'
      : `waiting for: fairlead enroll approve <device>\n${plainTable(['device', 'name', 'group', 'key', 'address', 'since'], waiting)}`,
    issued.length === 0
      ? 'no certificate was handed out'
      : plainTable(['device', 'name', 'group', 'key', 'certificate', 'approved by'], issued),
  ];
  return parts.join('\n\n');
}

function standing({ expires, approvedBy, revoked }: IssuedEnrolment): readonly string[] {
  const state = revoked === null ? `until ${timeOf(expires)}` : `revoked by ${revoked.by}`;
  return [state, approvedBy];
}

function timeOf(ms: number): string {
  return new Date(ms).toISOString();
}
