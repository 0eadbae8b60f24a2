// SPDX-License-Identifier: Apache-2.0
import { certificateFingerprint, formatToken, keyFingerprint } from '@fairlead/identity';
import { createToken } from '@fairlead/identity/authority';
import { createCsr, createDeviceKey } from '@fairlead/identity/device';
import { openFleetLog } from '@fairlead/log';
import { silentLogger } from '@fairlead/base';
import { createPublicKey, X509Certificate } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createFleetIdentities } from './fleet-identities.ts';
import { newLine, signal } from './release-line.fixture.ts';
import { devices, newFleet, recordsIn } from './server.fixture.ts';

const day = 86_400_000;
const [device, other] = devices;

/** Identities over a real repository and log, by a clock that a test moves. */
async function newOffice() {
  const { fleet, keys, repository, benches, release, clock } = await newLine(await newFleet());
  await release.follow(repository, await fleet.head(), signal);
  const members = new Map<
    string,
    { index: 0; target: `sha256:${string}`; format: 1; name: string; group: string }
  >(
    devices.map((id) => [
      id,
      { index: 0, target: `sha256:${'0'.repeat(64)}`, format: 1, name: 'first', group: 'gateways' },
    ]),
  );
  const revocations: unknown[] = [];
  const authorities = { gone: false };
  const { enrolment, identities, office } = createFleetIdentities({
    keys: { ...keys, authorities: () => (authorities.gone ? [] : keys.authorities()) },
    clock,
    logger: silentLogger,
    random: () => 0.5,
    certificateLife: 90 * day,
    maxAway: 400 * day,
    logPollMs: 1_000,
    bench: () => benches.current(),
    published: () => ({ devices: members }),
    onRevoked: () => revocations.push(1),
  });
  const tokenFor = (id: string): string =>
    formatToken(
      createToken({
        enrolmentKey: keys.enrolmentKey,
        fleet: keys.fleet,
        device: id,
        expires: clock.now() + day,
      }),
    );
  const enrol = async (key: string, id: string = device) => {
    const enrolled = await enrolment.enroll({ token: tokenFor(id), csr: createCsr(key, id) });
    if (!enrolled.ok) throw new Error(enrolled.error.message);
    return new X509Certificate(enrolled.value.certificate);
  };
  const renew = (certificate: X509Certificate, key: string) =>
    enrolment.renew({ device, certificate, csr: createCsr(key, device) });
  const ask = (key: string, id: string = device) =>
    enrolment.ask({ device: id, csr: createCsr(key, id), address: '192.0.2.7:40000' });
  return {
    authorities,
    fleet,
    keys,
    clock,
    repository,
    members,
    enrolment,
    identities,
    office,
    revocations,
    enrol,
    renew,
    ask,
  };
}

const printOf = (key: string) => keyFingerprint(createPublicKey(key));
const codeOf = (result: { ok: boolean; error?: { code: string } }): string =>
  result.ok ? 'ok' : (result.error?.code ?? '');

describe('when a device renews', () => {
  it('gets the next certificate when the present one is due, and costs the log one record however often it asks', async () => {
    const { fleet, clock, identities, enrol, renew } = await newOffice();
    const key = createDeviceKey();
    const first = await enrol(key);
    const early = await renew(first, key);
    expect(early).toMatchObject({ ok: true, value: { certificate: first.toString() } });
    expect(identities.renewedUntil(device, certificateFingerprint(first))).toBe(first.validToDate.getTime());

    clock.jump(61 * day);
    const answers = await Promise.all([renew(first, key), renew(first, key)]);
    answers.push(await renew(first, key));
    const [renewed] = answers;
    if (!renewed?.ok) throw new Error('not renewed');
    expect(new Set(answers.map((answer) => answer.ok && answer.value.certificate)).size).toBe(1);
    const second = new X509Certificate(renewed.value.certificate);
    expect(second.validToDate.getTime() - first.validToDate.getTime()).toBeGreaterThan(60 * day);
    // Certificates end with a whole second.
    expect(Math.abs((renewed.value.renewAt ?? 0) - clock.now() - 60 * day)).toBeLessThan(1_000);
    expect(identities.renewedUntil(device, certificateFingerprint(first))).toBe(second.validToDate.getTime());
    expect((await recordsIn(fleet.dir)).filter(({ kind }) => kind === 'renewed')).toMatchObject([
      { device, previous: certificateFingerprint(first), fingerprint: certificateFingerprint(second) },
    ]);
  }, 60_000);

  it('may come late, but not later than max-away', async () => {
    const { clock, enrol, renew } = await newOffice();
    const key = createDeviceKey();
    const certificate = await enrol(key);
    clock.jump((90 + 399) * day);
    expect(codeOf(await renew(certificate, key))).toBe('ok');
    clock.jump((90 + 401) * day);
    expect(codeOf(await renew(certificate, key))).toBe('away-too-long');
  }, 60_000);

  it('gets nothing for another key, for a certificate that the log does not hold, or out of the fleet', async () => {
    const { clock, keys, members, enrol, renew } = await newOffice();
    const key = createDeviceKey();
    const certificate = await enrol(key);
    clock.jump(61 * day);
    expect(codeOf(await renew(certificate, createDeviceKey()))).toBe('invalid-input');
    const unknown = await keys.authority.issueDevice({
      csr: createCsr(key, device),
      fleet: keys.fleet,
      device,
      now: clock.now(),
    });
    if (!unknown.ok) throw new Error(unknown.error);
    expect(codeOf(await renew(new X509Certificate(unknown.value.certificate), key))).toBe('not-permitted');
    members.delete(device);
    expect(codeOf(await renew(certificate, key))).toBe('not-in-fleet');
  }, 60_000);
});

describe('when a device has no token', () => {
  it('waits until an operator approves its key, which the log remembers', async () => {
    const { fleet, office, ask } = await newOffice();
    const key = createDeviceKey();
    const waiting = await ask(key);
    expect(waiting).toMatchObject({ ok: false, error: { code: 'enrolment-pending', retryAfterMs: 5_000 } });
    expect(office.page(null)).toEqual({
      devices: [
        {
          device,
          name: 'first',
          group: 'gateways',
          waiting: [{ key: printOf(key), address: '192.0.2.7:40000', since: expect.any(Number) }],
          certificate: null,
        },
      ],
      next: null,
    });
    expect(await office.approve({ device, key: null, by: 'operator olga' })).toEqual({
      ok: true,
      value: { key: printOf(key) },
    });
    const granted = await ask(key);
    expect(
      granted.ok &&
        printOf(
          new X509Certificate(granted.value.certificate).publicKey
            .export({ type: 'spki', format: 'pem' })
            .toString(),
        ),
    ).toBe(printOf(key));
    expect(office.page(null).devices).toMatchObject([
      { waiting: [], certificate: { key: printOf(key), approvedBy: 'operator olga', revoked: null } },
    ]);
    const enrolled = (await recordsIn(fleet.dir)).filter(({ kind }) => kind === 'enrolled');
    expect(enrolled).toMatchObject([{ device, approvedBy: 'operator olga' }]);
    expect(enrolled[0]).not.toHaveProperty('token');
  }, 60_000);

  it('is told apart by its key where several ask', async () => {
    const { office, ask } = await newOffice();
    const [mine, theirs] = [createDeviceKey(), createDeviceKey()];
    expect(codeOf(await office.approve({ device, key: null, by: 'operator olga' }))).toBe('request-unknown');
    await ask(theirs);
    await ask(mine);
    expect(codeOf(await office.approve({ device, key: null, by: 'operator olga' }))).toBe(
      'request-ambiguous',
    );
    expect(codeOf(await office.approve({ device: other, key: printOf(mine), by: 'operator olga' }))).toBe(
      'request-unknown',
    );
    expect(codeOf(await office.approve({ device, key: printOf(mine), by: 'operator olga' }))).toBe('ok');
    expect(codeOf(await ask(mine))).toBe('ok');
    expect(codeOf(await ask(theirs))).toBe('enrolment-pending');
  }, 60_000);

  it('takes up no more room than a few keys a device, and is forgotten when it asks no more', async () => {
    const { office, clock, ask } = await newOffice();
    const keys = Array.from({ length: 6 }, () => createDeviceKey());
    for (const key of keys) await ask(key);
    const waiting = () => office.page(null).devices.flatMap((one) => one.waiting.map((each) => each.key));
    expect(waiting()).toEqual(keys.slice(2).map(printOf));
    clock.jump(11 * 60_000);
    await clock.advance(11 * 60_000);
    expect(waiting()).toEqual([]);
  }, 60_000);

  it('is not heard where devices.json does not list it', async () => {
    const { members, office, ask } = await newOffice();
    members.delete(device);
    expect(codeOf(await ask(createDeviceKey()))).toBe('not-in-fleet');
    expect(office.page(null).devices).toEqual([]);
  }, 60_000);
});

describe('when a device is revoked', () => {
  it('loses every certificate of its key, in every server that reads the log', async () => {
    const { fleet, keys, clock, repository, identities, office, revocations, enrol, renew } =
      await newOffice();
    const key = createDeviceKey();
    const first = await enrol(key);
    clock.jump(61 * day);
    const renewed = await renew(first, key);
    const second = new X509Certificate(renewed.ok ? renewed.value.certificate : '');
    expect(await office.revoke({ device, by: 'operator olga' })).toEqual({
      ok: true,
      value: { fingerprint: certificateFingerprint(second) },
    });
    expect(revocations).toHaveLength(1);
    for (const certificate of [first, second])
      expect(identities.isRevoked(certificateFingerprint(certificate))).toBe(true);
    expect(codeOf(await renew(second, key))).toBe('certificate-revoked');
    expect(office.page(null).devices).toMatchObject([{ certificate: { revoked: { by: 'operator olga' } } }]);
    // Once is enough.
    expect(codeOf(await office.revoke({ device, by: 'operator olga' }))).toBe('ok');
    expect((await recordsIn(fleet.dir)).filter(({ kind }) => kind === 'revoked')).toHaveLength(1);
    expect(codeOf(await office.revoke({ device: other, by: 'operator olga' }))).toBe('request-unknown');

    const options = {
      repository,
      branch: 'main',
      signer: keys.logSigner,
      replica: 'b',
      clock,
      logger: silentLogger,
    };
    const elsewhere = openFleetLog(options);
    await elsewhere.open(() => undefined);
    expect(elsewhere.state().revoked).toEqual(new Set([first, second].map(certificateFingerprint)));
  }, 60_000);

  it('comes back with another key, by a new token or an approval; its key never does', async () => {
    const { keys, clock, enrolment, identities, office, enrol, ask } = await newOffice();
    const key = createDeviceKey();
    const token = formatToken(
      createToken({ enrolmentKey: keys.enrolmentKey, fleet: keys.fleet, device, expires: clock.now() + day }),
    );
    expect(codeOf(await enrolment.enroll({ token, csr: createCsr(key, device) }))).toBe('ok');
    await office.revoke({ device, by: 'operator olga' });
    expect(codeOf(await enrolment.enroll({ token, csr: createCsr(key, device) }))).toBe(
      'certificate-revoked',
    );
    expect(codeOf(await ask(key))).toBe('certificate-revoked');
    await expect(enrol(key)).rejects.toThrow('revoked');

    const next = createDeviceKey();
    expect(codeOf(await enrolment.enroll({ token, csr: createCsr(next, device) }))).toBe('token-used');
    const certificate = await enrol(next);
    expect(identities.isRevoked(certificateFingerprint(certificate))).toBe(false);
    await office.revoke({ device, by: 'operator olga' });
    const third = createDeviceKey();
    await ask(third);
    await office.approve({ device, key: null, by: 'operator olga' });
    expect(codeOf(await ask(third))).toBe('ok');
  }, 60_000);
});

describe('when the CA of a certificate goes', () => {
  it('has to be approved again, with the same key', async () => {
    const { authorities, office, enrol, ask } = await newOffice();
    const key = createDeviceKey();
    await enrol(key);
    expect(codeOf(await ask(key))).toBe('ok');
    authorities.gone = true;
    expect(codeOf(await ask(key))).toBe('enrolment-pending');
    expect(codeOf(await office.approve({ device, key: null, by: 'operator olga' }))).toBe('ok');
    authorities.gone = false;
    expect(codeOf(await ask(key))).toBe('ok');
  }, 60_000);
});

describe('when a device is taken in again with another key', () => {
  it('has that one only: what was handed out for the older counts no more', async () => {
    const { identities, enrol, renew, clock } = await newOffice();
    const [before, after] = [createDeviceKey(), createDeviceKey()];
    const old = await enrol(before);
    const neighbour = await enrol(createDeviceKey(), other);
    const current = await enrol(after);
    clock.jump(61 * day);
    expect(identities.isRevoked(certificateFingerprint(old))).toBe(true);
    expect(identities.isRevoked(certificateFingerprint(neighbour))).toBe(false);
    expect(codeOf(await renew(old, before))).toBe('certificate-revoked');
    expect(codeOf(await renew(current, after))).toBe('ok');
  }, 60_000);
});
