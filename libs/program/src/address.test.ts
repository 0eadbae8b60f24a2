// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { addressFlag, formatAddress, isLoopback, parseAddress } from './index.ts';

const flag = addressFlag('--server <host:port>', 'the server');

describe('when an address is given', () => {
  it.each([
    ['localhost:8443', 'localhost', 8443],
    ['127.0.0.1:1', '127.0.0.1', 1],
    ['[::1]:65535', '::1', 65_535],
    ['fleet-1.example.org:443', 'fleet-1.example.org', 443],
  ])('reads %s, and writes it the same way', (text, host, port) => {
    expect(flag.parse(text)).toEqual({ ok: true, value: { host, port } });
    expect(parseAddress('--grpc', text)).toEqual({ host, port });
    expect(formatAddress({ host, port })).toBe(text);
  });

  it.each(['', 'localhost', ':8443', '::1:8443', '[x]:8443', 'https://x:8443', 'a b:1', 'x:65536', 'x:-1'])(
    "tells how to write it where it is '%s'",
    (text) => {
      expect(flag.parse(text)).toMatchObject({ ok: false, error: expect.stringContaining('[::1]:8443') });
      expect(() => parseAddress('--grpc', text)).toThrow(`--grpc: '${text}' is not host:port`);
    },
  );

  it('takes port 0 only for listening', () => {
    expect(parseAddress('--grpc', '0.0.0.0:0')).toEqual({ host: '0.0.0.0', port: 0 });
    expect(flag.parse('localhost:0')).toMatchObject({ ok: false });
  });

  it('knows those that only this machine reaches', () => {
    expect(['::1', '127.0.0.1', '127.1.2.3'].every(isLoopback)).toBe(true);
    expect(['::', '0.0.0.0', '10.0.0.1', 'localhost.example.org'].some(isLoopback)).toBe(false);
  });
});
