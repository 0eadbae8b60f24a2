// SPDX-License-Identifier: Apache-2.0
import {
  alpha,
  beta,
  createAuditedFleet,
  delta,
  gamma,
  running,
  type AuditedFleet,
} from './audited-fleet.fixture.ts';

const day = 86_400_000;

/** A fleet that has seen everything that a log can tell of, over two months, two servers and two roots. */
export async function createEventfulFleet(base: string): Promise<AuditedFleet> {
  const fleet = await createAuditedFleet(base);
  const head = async (): Promise<string> => (await fleet.git('rev-parse', 'HEAD')).trim();
  await fleet.deploy(await head());
  for (const device of [alpha, beta, gamma, delta]) await fleet.enrol(device);
  fleet.wait(5000);
  await fleet.receipts('x', [alpha], [beta]);
  await fleet.receipts('y', [gamma], [delta]);

  fleet.wait(3_600_000);
  await fleet.deploy(await fleet.commit({ 'running/gateways.json': running('route', 200) }));
  const failed = [{ unit: 'jobs/work', result: 'failed', code: 'unit-ended' }] as const;
  await fleet.receipts('x', [alpha], [beta, { result: 'rolled-back', code: 'unit-ended', units: failed }]);

  fleet.wait(60_000);
  await fleet.refuse(await fleet.commit({ 'running/gateways.json': { config: 'running', jobs: 3 } }));
  fleet.wait(60_000);
  const passed = await fleet.commit({ 'running/gateways.json': running('route', 300) });
  await fleet.deploy(await fleet.commit({ 'running/sensors.json': running('sense', 300) }), [passed]);
  fleet.wait(1000);
  await fleet.receipts('y', [alpha], [gamma]);
  await fleet.receipts('x', [beta], [delta]);

  fleet.wait(day);
  await fleet.refresh();

  fleet.wait(15 * day);
  await fleet.deploy(
    await fleet.commit({ ...fleet.rotateSnapshotKey(), 'running/sensors.json': running('sense', 400) }),
  );
  fleet.wait(2000);
  await fleet.receipts('x', [gamma]);
  await fleet.receipts('y', [delta]);

  fleet.wait(60_000);
  await fleet.renew(gamma);
  await fleet.revoke(delta);
  await fleet.enrol(alpha, { by: 'operator ops' });

  fleet.wait(60_000);
  await fleet.git('checkout', '-q', '-b', 'side');
  const side = await fleet.commit({ 'running/gateways.json': running('route', 500) });
  await fleet.git('checkout', '-q', 'main');
  await fleet.git('merge', '-q', '--no-ff', '-m', 'Merge side', 'side');
  await fleet.push();
  await fleet.deploy(await head(), [side]);
  fleet.wait(2000);
  await fleet.receipts('x', [alpha], [beta, { remarks: ['state-restored'] }]);

  fleet.wait(day);
  await fleet.deploy(await fleet.commit({ 'running/sensors.json': running('sense', 600) }));
  await fleet.receipts('y', [gamma]);
  return fleet;
}
