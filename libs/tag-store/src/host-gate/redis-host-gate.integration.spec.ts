import { startRedis, type TestRedis } from '@tagservice/testbed';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { StoreUnavailable } from '../errors.ts';
import { hostGateContract, limits } from './host-gate.contract.ts';
import type { HostGate, HostLimits } from './port.ts';
import { redisHostGate } from './redis-host-gate.ts';

const never = new AbortController().signal;
let redis: TestRedis;
beforeAll(async () => {
  redis = await startRedis();
});
afterAll(async () => {
  await redis.stop();
});

const open = (given: Partial<HostLimits> = {}): HostGate =>
  redisHostGate({ url: redis.url, limits: { ...limits, ...given }, commandTimeoutMs: 2_000 });

describe('the gate of all processes', () => {
  hostGateContract(open);
});

describe('two processes', () => {
  async function pair(
    given: Partial<HostLimits>,
    test: (one: HostGate, other: HostGate) => Promise<void>,
  ): Promise<void> {
    const gates = [open(given), open(given)] as const;
    try {
      await test(...gates);
    } finally {
      await Promise.all(gates.map((gate) => gate.close()));
    }
  }

  it('share the places of a host and wake each other', async () => {
    await pair({ concurrency: 1 }, async (one, other) => {
      const held = await one.acquire('shared.example.org', never);
      const waiting = other.acquire('shared.example.org', never);
      const started = performance.now();
      expect(held.ok).toBe(true);
      setTimeout(() => {
        if (held.ok) held.release({ kind: 'answered' });
      }, 50);
      expect((await waiting).ok).toBe(true);
      expect(performance.now() - started).toBeLessThan(800);
    });
  });

  it('keep the interval together', async () => {
    await pair({ intervalMs: 80 }, async (one, other) => {
      const begun = await Promise.all(
        Array.from({ length: 8 }, async (_, index) => {
          const grant = await (index % 2 === 0 ? one : other).acquire('paced.example.org', never);
          const at = performance.now();
          if (grant.ok) grant.release({ kind: 'answered' });
          return { ok: grant.ok, at };
        }),
      );
      expect(begun.every(({ ok }) => ok)).toBe(true);
      const times = begun.map(({ at }) => at).toSorted((a, b) => a - b);
      expect((times.at(-1) ?? 0) - (times[0] ?? 0)).toBeGreaterThan(7 * 80 - 60);
    });
  });

  it('free each other when one is killed: its places and its places in line', async () => {
    await pair({ concurrency: 1, leaseMs: 300, mostWaitMs: 6_000 }, async (one, other) => {
      const dying = open({ concurrency: 1, leaseMs: 300 });
      await dying.acquire('killed.example.org', never);
      void dying.acquire('killed.example.org', never).catch(() => undefined);
      await one.acquire('elsewhere.example.org', never);
      await dying.close();
      expect((await other.acquire('killed.example.org', never)).ok).toBe(true);
    });
  });

  it('leave nothing behind for good', async () => {
    await pair({}, async (one) => {
      const grant = await one.acquire('short.example.org', never);
      if (grant.ok) grant.release({ kind: 'answered' });
      await expect
        .poll(() => redis.command('PTTL host:{short.example.org}:state'))
        .toSatisfy((ttl) => Number(ttl) > 0 && Number(ttl) < 60_000);
    });
  });
});

describe('a Redis that is away', () => {
  it('is told, so that the caller can go by itself', async () => {
    const gate = redisHostGate({ url: 'redis://127.0.0.1:1', limits, commandTimeoutMs: 100 });
    await expect(gate.acquire('x.example.org', never)).rejects.toThrow(StoreUnavailable);
    await gate.close();
  });
});
