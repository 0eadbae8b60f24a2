// SPDX-License-Identifier: Apache-2.0
import { sha256 } from '@fairlead/base';
import { createFakeClock } from '@fairlead/testing';
import type { Status } from '@fairlead/wire';
import { describe, expect, it } from 'vitest';
import { helloOf } from './device.fixture.ts';
import { deviceId, publicationOf } from './fleet.fixture.ts';
import { createStatusBook } from './status-book.ts';

const [one, two] = [deviceId(1), deviceId(2)];

function statusOf(change: Partial<Status>): Status {
  return {
    kind: 'status',
    state: 'applied',
    code: null,
    message: '',
    since: 7,
    revision: null,
    target: null,
    units: [],
    drift: [],
    ...change,
  };
}

function newBook(seenBefore: (id: string) => number | null = () => null) {
  const clock = createFakeClock();
  const { book, writer } = createStatusBook(clock, seenBefore);
  const first = publicationOf({ counter: 1, bodies: { [one]: 'a', [two]: 'b' } });
  const second = publicationOf({ counter: 2, bodies: { [one]: 'a', [two]: 'c' } });
  return { book, writer, first, second, stateOf: (id: string) => book.device(id)?.state };
}

describe('when the fleet is asked about', () => {
  it('lists the devices of the newest revision, seen or not', () => {
    const { book, writer, first } = newBook();
    expect(book.ids()).toEqual([]);
    expect(book.head()).toEqual({ revision: null, commit: '' });
    writer.published(first);
    expect(book.ids()).toEqual([one, two]);
    expect(book.head()).toEqual({ revision: first.revision, commit: first.commit });
    expect(book.device(one)).toMatchObject({
      id: one,
      name: 'device 0',
      group: 'all',
      state: 'never-seen',
      revision: null,
    });
    expect(book.device(deviceId(9))).toBeUndefined();
  });

  it('follows a device from its first hello to applied', () => {
    const { writer, first, stateOf, book } = newBook();
    writer.published(first);
    writer.connected(one, helloOf());
    expect(stateOf(one)).toBe('pending');
    writer.status(one, statusOf({ state: 'pending', code: 'artifact-unreachable', message: 'host down' }));
    expect(book.device(one)).toMatchObject({
      state: 'pending',
      code: 'artifact-unreachable',
      message: 'host down',
      since: 7,
    });
    writer.status(one, statusOf({ state: 'applying', target: sha256('a'), revision: first.revision }));
    expect(stateOf(one)).toBe('applying');
    writer.status(one, statusOf({ target: sha256('a'), revision: first.revision }));
    expect(stateOf(one)).toBe('applied');
    writer.status(one, statusOf({ state: 'drift', target: sha256('a'), revision: first.revision }));
    expect(stateOf(one)).toBe('drift');
    writer.disconnected(one);
    expect(stateOf(one)).toBe('offline');
  });

  it('calls those that a revision leaves as they are unchanged, and those that it changes pending', () => {
    const { writer, first, second, stateOf } = newBook();
    writer.published(first);
    for (const [id, target] of [
      [one, 'a'],
      [two, 'b'],
    ] as const) {
      writer.connected(id, helloOf());
      writer.status(id, statusOf({ target: sha256(target), revision: first.revision }));
    }
    writer.published(second);
    expect([stateOf(one), stateOf(two)]).toEqual(['unchanged', 'pending']);
    // Whichever revision the device names: its target state came with an earlier one.
    writer.status(one, statusOf({ target: sha256('a'), revision: second.revision }));
    writer.status(two, statusOf({ target: sha256('c'), revision: second.revision }));
    expect([stateOf(one), stateOf(two)]).toEqual(['unchanged', 'applied']);
  });

  it('goes by what a device says after a restart of the server', () => {
    const { writer, first, second, stateOf } = newBook();
    writer.published(second);
    writer.connected(one, helloOf());
    writer.status(one, statusOf({ target: sha256('a'), revision: first.revision }));
    writer.connected(two, helloOf());
    writer.status(two, statusOf({ target: sha256('c'), revision: second.revision }));
    expect([stateOf(one), stateOf(two)]).toEqual(['unchanged', 'applied']);
  });

  it('calls a device offline that an earlier server heard of, until it connects', () => {
    const { book, writer, first, stateOf } = newBook((id) => (id === one ? 5 : null));
    writer.published(first);
    expect(book.device(one)).toMatchObject({ state: 'offline', since: 5 });
    expect(stateOf(two)).toBe('never-seen');
    writer.connected(one, helloOf());
    expect(stateOf(one)).toBe('pending');
    writer.disconnected(one);
    expect(book.device(one)?.since).toBeGreaterThan(5);
  });

  it('shows a refusal until the device takes the target state or another revision comes', () => {
    const { writer, first, second, stateOf, book } = newBook();
    writer.published(first);
    writer.connected(two, helloOf());
    writer.refused(two, { revision: first.revision, code: 'bad-signature', message: 'no' });
    expect(book.device(two)).toMatchObject({ state: 'refused', code: 'bad-signature', message: 'no' });
    writer.published(second);
    expect(stateOf(two)).toBe('pending');
  });
});

describe('when somebody listens', () => {
  it('hears which device changed, and null for the whole fleet', () => {
    const { book, writer, first } = newBook();
    const heard: (string | null)[] = [];
    const stop = book.onChange((id) => heard.push(id));
    writer.published(first);
    writer.connected(one, helloOf());
    stop();
    writer.disconnected(one);
    expect(heard).toEqual([null, one]);
  });
});
