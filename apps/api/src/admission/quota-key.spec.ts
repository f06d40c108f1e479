import { afterEach, describe, expect, it } from 'vitest';
import { policy, startTestApi } from '../../test/api-harness.ts';
import type { TestApi } from '../../test/api-harness.ts';
import { networkOf } from './quota-key.ts';

describe('the part of an address that belongs to one client', () => {
  it.each([
    ['203.0.113.7', '203.0.113.7'],
    ['::ffff:203.0.113.7', '203.0.113.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:0DB8:0001:0002::9', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['', ''],
  ])('of %s is %s', (address, network) => {
    expect(networkOf(address)).toBe(network);
  });
});

describe('the quota of a service that is open', () => {
  let test: TestApi;
  afterEach(() => test.close());

  const ask = async (remoteAddress: string, headers: Record<string, string> = {}) => {
    const url = '/v1/tags/bees/urls';
    return (await test.api.app.inject({ method: 'GET', url, remoteAddress, headers })).statusCode;
  };
  const start = async (trustedProxies: readonly string[]) => {
    const limits = { perMinute: 1, burst: 2 };
    test = await startTestApi({ admission: { ...policy.admission, limits, trustedProxies } });
  };

  it('is counted by the address of the client', async () => {
    await start([]);
    expect([await ask('203.0.113.7'), await ask('203.0.113.7'), await ask('203.0.113.7')]).toEqual([200, 200, 429]);
    expect(await ask('203.0.113.8')).toBe(200);
  });

  it('cannot be had anew by inventing addresses', async () => {
    await start(['10.0.0.0/8']);
    const forged = (last: number) => ({
      'x-forwarded-for': `198.51.100.${String(last)}`,
      forwarded: `for=198.51.100.${String(last)}`,
      'x-real-ip': `198.51.100.${String(last)}`,
    });
    const answers = [];
    for (let last = 1; last <= 3; last += 1) answers.push(await ask('203.0.113.7', forged(last)));
    expect(answers).toEqual([200, 200, 429]);
  });

  it('is that of who stands before a trusted proxy, and of the last one that a trusted proxy names', async () => {
    await start(['10.0.0.0/8']);
    const through = (chain: string) => ask('10.1.2.3', { 'x-forwarded-for': chain });
    expect([await through('198.51.100.1'), await through('198.51.100.1')]).toEqual([200, 200]);
    expect(await through('198.51.100.1')).toBe(429);
    expect(await through('192.0.2.99, 198.51.100.1')).toBe(429);
    expect(await through('198.51.100.1, 10.9.9.9')).toBe(429);
    expect(await through('198.51.100.2')).toBe(200);
  });
});
