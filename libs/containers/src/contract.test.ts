// SPDX-License-Identifier: Apache-2.0
import { describeDomainContract } from '@fairlead/engine/contract';
import { canRunEngines } from '@fairlead/testing';
import { afterAll, beforeAll, describe } from 'vitest';
import { createRig, engineNames, type Rig } from './rig.fixture.ts';

describe.skipIf(!canRunEngines()).each(engineNames)('with %s,', { timeout: 60_000 }, (name) => {
  let rig: Rig;
  beforeAll(async () => {
    rig = await createRig(name);
  }, 60_000);
  afterAll(() => rig.close(), 60_000);

  describeDomainContract('containers', async () => {
    const device = await rig.device();
    return {
      open: device.open,
      unit: (unit, version) => rig.unit(unit, ['sh', '-c', `echo version ${String(version)}; ${quickStop}`]),
      dispose: device.dispose,
    };
  });
});

/** Ends at once when it is asked to. */
const quickStop = "trap 'exit 0' TERM; while :; do sleep 0.1; done";
