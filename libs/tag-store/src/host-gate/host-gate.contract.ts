import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { HostGate, HostGrant, HostLimits, HostRefusal } from './port.ts';

export const limits: HostLimits = {
  concurrency: 2,
  intervalMs: 0,
  mostWaitMs: 2_000,
  leaseMs: 10_000,
  breaker: { failures: 3, firstMs: 400, mostMs: 800 },
};

const never = new AbortController().signal;

/** What every gate must keep to. `open` gives one with these limits; hosts are new in each test. */
export function hostGateContract(open: (limits: HostLimits) => HostGate): void {
  let gates: HostGate[];
  let host: string;
  beforeEach(() => {
    gates = [];
    host = `${randomUUID()}.example.org`;
  });
  afterEach(async () => {
    await Promise.all(gates.map((gate) => gate.close()));
  });

  function gateWith(more: Partial<HostLimits> = {}): HostGate {
    const gate = open({ ...limits, ...more });
    gates.push(gate);
    return gate;
  }
  const enter = (gate: HostGate, signal = never): Promise<HostGrant | HostRefusal> => gate.acquire(host, signal);
  async function granted(gate: HostGate): Promise<HostGrant> {
    const grant = await enter(gate);
    if (!grant.ok) throw new Error(`refused: ${grant.reason}`);
    return grant;
  }
  async function failing(gate: HostGate, times: number): Promise<void> {
    for (let time = 0; time < times; time += 1) (await granted(gate)).release({ kind: 'failed' });
  }
  /** Whether the host lets somebody in, tried until the time is over. */
  const letsIn = async (gate: HostGate): Promise<boolean> => {
    const grant = await enter(gate);
    if (grant.ok) grant.release({ kind: 'answered' });
    return grant.ok;
  };

  describe('places', () => {
    it('are given to so many at a time, the next goes in when one leaves', async () => {
      const gate = gateWith();
      const [first] = [await granted(gate), await granted(gate)];
      let third: HostGrant | HostRefusal | undefined;
      const waiting = enter(gate).then((grant) => (third = grant));
      await expect.poll(() => third, { timeout: 100 }).toBeUndefined();
      const at = performance.now();
      first?.release({ kind: 'answered' });
      expect((await waiting).ok).toBe(true);
      // Woken, not found out at the next look.
      expect(performance.now() - at).toBeLessThan(700);
    });

    it('are given in the order in which people came', async () => {
      const gate = gateWith({ concurrency: 1 });
      const order: number[] = [];
      const holder = await granted(gate);
      const waiting: Promise<void>[] = [];
      for (const who of [1, 2, 3, 4]) {
        const turn = granted(gate).then((grant) => {
          order.push(who);
          grant.release({ kind: 'answered' });
        });
        waiting.push(turn);
        await new Promise((resolve) => setImmediate(resolve));
      }
      holder.release({ kind: 'answered' });
      await Promise.all(waiting);
      expect(order).toEqual([1, 2, 3, 4]);
    });

    it('of one host do not keep people from another', async () => {
      const gate = gateWith({ concurrency: 1 });
      await granted(gate);
      expect((await gate.acquire(`other-${host}`, never)).ok).toBe(true);
    });

    it('of those who died are free when their leases end', async () => {
      const gate = gateWith({ concurrency: 1, leaseMs: 200 });
      await granted(gate);
      expect(await letsIn(gate)).toBe(true);
    });

    it('are never more than allowed, however many come', async () => {
      const gate = gateWith({ concurrency: 3 });
      let inside = 0;
      let most = 0;
      await Promise.all(
        Array.from({ length: 30 }, async () => {
          const grant = await granted(gate);
          most = Math.max(most, (inside += 1));
          await new Promise((resolve) => setImmediate(resolve));
          inside -= 1;
          grant.release({ kind: 'answered' });
        }),
      );
      expect(most).toBe(3);
    });

    it('are given back once, even where it is said twice', async () => {
      const gate = gateWith({ concurrency: 1, mostWaitMs: 200 });
      const first = await granted(gate);
      first.release({ kind: 'answered' });
      const second = await granted(gate);
      first.release({ kind: 'answered' });
      expect(await enter(gate)).toMatchObject({ ok: false, reason: 'busy' });
      second.release({ kind: 'answered' });
    });
  });

  describe('the interval', () => {
    it('lies between the beginnings of two requests', async () => {
      const gate = gateWith({ intervalMs: 100 });
      const begun: number[] = [];
      await Promise.all(
        Array.from({ length: 4 }, async () => {
          const grant = await granted(gate);
          begun.push(performance.now());
          grant.release({ kind: 'answered' });
        }),
      );
      const gaps = begun.slice(1).map((at, index) => at - (begun[index] ?? 0));
      for (const gap of gaps) expect(gap).toBeGreaterThan(80);
    });

    it('turns those away at once who would wait too long, and says how long', async () => {
      const gate = gateWith({ intervalMs: 1_000, mostWaitMs: 1_500 });
      const at = performance.now();
      const coming = [granted(gate), granted(gate), enter(gate), enter(gate)] as const;
      const refusal = await coming[3];
      expect(performance.now() - at).toBeLessThan(900);
      expect(refusal).toMatchObject({ ok: false, reason: 'busy' });
      if (!refusal.ok) expect(refusal.retryAfterMs).toBeGreaterThan(1_500);
      await Promise.all(coming);
    });
  });

  describe('who waits', () => {
    it('is turned away when the time is over', async () => {
      const gate = gateWith({ concurrency: 1, mostWaitMs: 150 });
      await granted(gate);
      const at = performance.now();
      expect(await enter(gate)).toMatchObject({ ok: false, reason: 'busy' });
      expect(performance.now() - at).toBeLessThan(1_000);
    });

    it('may leave the line, and holds nobody up', async () => {
      const gate = gateWith({ concurrency: 1 });
      const holder = await granted(gate);
      const caller = new AbortController();
      const leaving = enter(gate, caller.signal);
      const staying = granted(gate);
      caller.abort();
      expect(await leaving).toMatchObject({ ok: false });
      holder.release({ kind: 'answered' });
      (await staying).release({ kind: 'answered' });
    });

    it('does not get a place that nobody waits for any more', async () => {
      const gate = gateWith({ concurrency: 1, intervalMs: 300 });
      (await granted(gate)).release({ kind: 'answered' });
      const caller = new AbortController();
      const leaving = enter(gate, caller.signal);
      await new Promise((resolve) => setImmediate(resolve));
      caller.abort();
      expect(await leaving).toMatchObject({ ok: false });
      expect(await letsIn(gate)).toBe(true);
    });
  });

  describe('a host that asks for peace', () => {
    it('is left alone until then', async () => {
      const gate = gateWith();
      (await granted(gate)).release({ kind: 'rest', ms: 60_000 });
      let refusal = await enter(gate);
      await expect.poll(async () => (refusal = await enter(gate)).ok).toBe(false);
      expect(refusal).toMatchObject({ ok: false, reason: 'resting' });
      if (!refusal.ok) expect(refusal.retryAfterMs).toBeGreaterThan(59_000);
    });

    it('for a short time is waited for', async () => {
      const gate = gateWith();
      const grant = await granted(gate);
      grant.release({ kind: 'rest', ms: 300 });
      const at = performance.now();
      await expect.poll(async () => (await letsIn(gate)) && performance.now() - at).toBeGreaterThan(250);
    });

    it('cannot ask for more than a day', async () => {
      const gate = gateWith();
      (await granted(gate)).release({ kind: 'rest', ms: 1e15 });
      let refusal = await enter(gate);
      await expect.poll(async () => (refusal = await enter(gate)).ok).toBe(false);
      if (!refusal.ok) expect(refusal.retryAfterMs).toBeLessThanOrEqual(86_400_000);
    });
  });

  describe('a host that fails', () => {
    const impatient = { mostWaitMs: 50 };

    it('is left alone after so many failures in a row', async () => {
      const gate = gateWith(impatient);
      await failing(gate, 3);
      await expect.poll(() => enter(gate)).toMatchObject({ ok: false, reason: 'broken' });
    });

    it('is not while an answer comes in between', async () => {
      const gate = gateWith(impatient);
      await failing(gate, 2);
      expect(await letsIn(gate)).toBe(true);
      await failing(gate, 2);
      expect(await letsIn(gate)).toBe(true);
    });

    it('is tried by one alone, and open to all when that goes well', async () => {
      const gate = gateWith({ mostWaitMs: 600 });
      await failing(gate, 3);
      const probe = await granted(gate);
      const other = enter(gate);
      expect(await other).toMatchObject({ ok: false });
      probe.release({ kind: 'answered' });
      await expect.poll(async () => (await letsIn(gate)) && (await letsIn(gate))).toBe(true);
    });

    it('is left alone for twice as long each time that goes wrong, up to the most', async () => {
      const gate = gateWith({ breaker: { failures: 1, firstMs: 100, mostMs: 400 } });
      const pauses: number[] = [];
      let at = performance.now();
      for (let time = 0; time < 5; time += 1) {
        const grant = await granted(gate);
        pauses.push(performance.now() - at);
        grant.release({ kind: 'failed' });
        at = performance.now();
      }
      // Half of each is random; timers and clocks are good to a few milliseconds.
      for (const [index, least] of [0, 50, 100, 200, 200].entries()) {
        expect(pauses[index]).toBeGreaterThanOrEqual(least - 10);
      }
    });

    it('is not judged by requests of which nothing was learned', async () => {
      const gate = gateWith(impatient);
      for (let time = 0; time < 5; time += 1) (await granted(gate)).release({ kind: 'void' });
      expect(await letsIn(gate)).toBe(true);
    });
  });
}
