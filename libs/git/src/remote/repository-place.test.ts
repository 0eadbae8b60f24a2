// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { parseRepositoryPlace } from './repository-place.ts';

const kindOf = (text: string, insecureLoopback = false): string => {
  const place = parseRepositoryPlace(text, { insecureLoopback });
  return place.ok ? place.value.kind : place.error.code;
};

describe('when somebody says where a repository is', () => {
  it.each([
    ['/srv/fleet.git', 'path'],
    ['fleet.git', 'path'],
    ['../a b', 'path'],
    ['C:/fleet', 'path'],
    ['https://git.example.org/fleet.git', 'http'],
    ['https://deploy@git.example.org:8443/group/fleet', 'http'],
    ['ssh://git@example.org:2222/fleet.git', 'ssh'],
    ['git@example.org:group/fleet.git', 'ssh'],
    ['https://', 'misuse'],
    ['http://git.example.org/fleet.git', 'misuse'],
    ['http://127.0.0.1:8080/fleet.git', 'misuse'],
    ['ftp://example.org/fleet.git', 'misuse'],
    ['file:///srv/fleet.git', 'misuse'],
    ['ext::sh -c touch% /tmp/x', 'path'],
    ['ssh://-oProxyCommand=x/fleet.git', 'misuse'],
  ])('takes %s as: %s', (text, kind) => {
    expect(kindOf(text)).toBe(kind);
  });

  it('takes plain text to this machine only, and only when it is asked for', () => {
    expect(kindOf('http://127.0.0.1:8080/fleet.git', true)).toBe('http');
    expect(kindOf('http://[::1]/fleet.git', true)).toBe('http');
    expect(kindOf('http://localhost/fleet.git', true)).toBe('misuse');
    expect(kindOf('http://git.example.org/fleet.git', true)).toBe('misuse');
    expect(kindOf('http://127.0.0.1.example.org/fleet.git', true)).toBe('misuse');
  });

  it('refuses a password in an address without saying it', () => {
    const place = parseRepositoryPlace('https://a:s3cret@example.org/fleet.git', { insecureLoopback: false });
    expect(place).toMatchObject({ ok: false, error: { code: 'misuse' } });
    expect(JSON.stringify(place)).not.toContain('s3cret');
  });
});
