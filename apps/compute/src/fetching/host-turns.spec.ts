import { createLogger, createRegistry } from '@tagservice/service-kit';
import { StoreUnavailable, memoryHostGate } from '@tagservice/tag-store';
import type { HostGate } from '@tagservice/tag-store';
import { beforeEach, describe, expect, it } from 'vitest';
import { computeMetrics, type ComputeMetrics } from '../compute-metrics.ts';
import { hostLimits, hostTurns } from './host-turns.ts';

const never = new AbortController().signal;
const limits = { ...hostLimits({ timeoutMs: 1_000, perHost: { concurrency: 1, intervalMs: 0 } }), mostWaitMs: 50 };
const logger = createLogger({ level: 'silent', base: {} });

let registry: ReturnType<typeof createRegistry>;
let metrics: ComputeMetrics;
beforeEach(() => {
  registry = createRegistry({});
  metrics = computeMetrics(registry);
});
const turnsOn = (gate: HostGate) => hostTurns({ gate, limits, metrics, logger });

describe('turns in front of a host', () => {
  it('are those of the gate, and what they learn goes back to it', async () => {
    const gate = memoryHostGate(limits);
    const turn = await turnsOn(gate).enter('example.org', never);
    expect(await gate.acquire('example.org', never)).toMatchObject({ ok: false });
    if (turn.ok) turn.leave({ kind: 'rest', ms: 60_000 });
    expect(await gate.acquire('example.org', never)).toMatchObject({ ok: false, reason: 'resting' });
  });

  it('that are refused are counted by reason', async () => {
    const turns = turnsOn(memoryHostGate(limits));
    await turns.enter('example.org', never);
    expect(await turns.enter('example.org', never)).toMatchObject({ ok: false, reason: 'busy' });
    const text = await registry.metrics();
    expect(text).toContain('tagservice_compute_host_refusals_total{reason="busy"} 1');
    expect(text).toContain('tagservice_compute_host_wait_seconds_count 2');
  });

  it("are this pod's own while the gate of all pods cannot be reached", async () => {
    const gate: HostGate = {
      acquire: () => Promise.reject(new StoreUnavailable('redis:6379', 'away')),
      close: () => Promise.resolve(),
    };
    const turns = turnsOn(gate);
    const turn = await turns.enter('example.org', never);
    expect(turn.ok).toBe(true);
    expect(await turns.enter('example.org', never)).toMatchObject({ ok: false, reason: 'busy' });
    if (turn.ok) turn.leave({ kind: 'answered' });
    expect((await turns.enter('example.org', never)).ok).toBe(true);
  });
});

describe('the limits of a host', () => {
  it('let a place outlive any request, and somebody in line be next', () => {
    const slow = hostLimits({ timeoutMs: 120_000, perHost: { concurrency: 2, intervalMs: 60_000 } });
    expect(slow.leaseMs).toBeGreaterThan(120_000);
    expect(slow.mostWaitMs).toBe(15_000);
    const quick = hostLimits({ timeoutMs: 10_000, perHost: { concurrency: 2, intervalMs: 500 } });
    expect(quick.mostWaitMs).toBe(5_000);
  });
});
