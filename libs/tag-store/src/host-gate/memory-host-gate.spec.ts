import { describe, expect, it } from 'vitest';
import { hostGateContract, limits } from './host-gate.contract.ts';
import { memoryHostGate } from './memory-host-gate.ts';

describe('the gate of one process', () => {
  hostGateContract((given) => memoryHostGate(given));

  it('forgets hosts that would not be missed', async () => {
    let now = 0;
    const gate = memoryHostGate({ ...limits, intervalMs: 10 }, () => now);
    for (let host = 0; host < 5_000; host += 1) {
      now += 10;
      const grant = await gate.acquire(`${String(host)}.example.org`, new AbortController().signal);
      expect(grant.ok).toBe(true);
      if (grant.ok) grant.release({ kind: 'answered' });
    }
    // One more than it looks from is all that may be left: the private map is read here, and only here.
    const { decider } = (gate as unknown as { options: { decider: { hosts: Map<string, unknown> } } }).options;
    expect(decider.hosts.size).toBeLessThanOrEqual(1_001);
  });
});
