import { describe, expect, it } from 'vitest';
import { evictionOf } from './greeting.ts';

const info = (limit: number, policy: string): string =>
  `# Memory\r\nused_memory:1000\r\nmaxmemory:${String(limit)}\r\nmaxmemory_human:1M\r\nmaxmemory_policy:${policy}\r\nallocator:x\r\n`;

describe('what a server says of its memory', () => {
  it('is no danger while it has no limit, whatever it would do', () => {
    expect(evictionOf(info(0, 'allkeys-lru'))).toBeUndefined();
  });

  it('is no danger where it refuses writes instead of dropping keys', () => {
    expect(evictionOf(info(1_000_000, 'noeviction'))).toBeUndefined();
  });

  it.each(['allkeys-lru', 'allkeys-random', 'volatile-ttl', 'volatile-lfu'])(
    'names the policy %s and the limit',
    (policy) => {
      expect(evictionOf(info(1_000_000, policy))).toBe(`${policy} of 1000000 bytes`);
    },
  );

  it('is no danger that we know of where it says nothing', () => {
    expect(evictionOf('')).toBeUndefined();
  });
});
