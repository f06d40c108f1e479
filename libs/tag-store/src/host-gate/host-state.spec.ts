import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HostState } from './host-state.ts';
import { limits } from './host-gate.contract.ts';

const at = (now: number, random = 1) => ({ now, random });

/** Lets one in, or fails. */
function go(state: HostState, token: string, now: number): number {
  const decision = state.enter(token, now, 1e9);
  if (decision.kind !== 'go') throw new Error(decision.kind);
  return decision.delayMs;
}

describe('the circuit of a host', () => {
  it('opens for twice as long each time, up to the most', () => {
    const state = new HostState(limits);
    for (const token of ['a', 'b', 'c']) {
      go(state, token, 0);
      state.leave(token, { kind: 'failed' }, at(0));
    }
    const waits: number[] = [];
    let now = 0;
    for (const token of ['d', 'e', 'f']) {
      const wait = go(state, token, now);
      waits.push(wait);
      now += wait;
      state.leave(token, { kind: 'failed' }, at(now));
    }
    expect(waits).toEqual([400, 800, 800]);
  });

  it('takes a random half off', () => {
    const waits = [0, 0.5, 1].map((random) => {
      const state = new HostState(limits);
      for (const token of ['a', 'b', 'c']) {
        go(state, token, 0);
        state.leave(token, { kind: 'failed' }, at(0, random));
      }
      return go(state, 'd', 0);
    });
    expect(waits).toEqual([200, 300, 400]);
  });

  it('does not open further for failures of requests that were under way', () => {
    const state = new HostState({ ...limits, concurrency: 10 });
    const tokens = ['a', 'b', 'c', 'd', 'e', 'f'];
    for (const token of tokens) go(state, token, 0);
    for (const token of tokens) state.leave(token, { kind: 'failed' }, at(1));
    expect(go(state, 'probe', 1)).toBe(400);
  });

  it('opens again for a trial that fails a moment before its time, as timers are', () => {
    const state = new HostState(limits);
    for (const token of ['a', 'b', 'c']) {
      go(state, token, 0);
      state.leave(token, { kind: 'failed' }, at(0));
    }
    expect(go(state, 'trial', 0)).toBe(400);
    state.leave('trial', { kind: 'failed' }, at(399));
    expect(go(state, 'd', 399)).toBe(800);
  });

  it('forgets past times when the host is well again', () => {
    const state = new HostState(limits);
    const fail = (now: number) => {
      for (const token of ['a', 'b', 'c']) {
        const wait = go(state, token, now);
        state.leave(token, { kind: 'failed' }, at(now + wait));
      }
    };
    fail(0);
    go(state, 'probe', 500);
    state.leave('probe', { kind: 'answered' }, at(500));
    fail(1_000);
    expect(go(state, 'd', 1_000)).toBe(400);
  });
});

describe('whatever comes in whatever order', () => {
  const token = fc.integer({ min: 0, max: 9 }).map(String);
  const step = fc.oneof(
    fc.record({ kind: fc.constant('enter' as const), token, patience: fc.integer({ min: 0, max: 3_000 }) }),
    fc.record({
      kind: fc.constantFrom('answered' as const, 'failed' as const, 'void' as const, 'rest' as const),
      token,
    }),
    fc.record({ kind: fc.constant('giveUp' as const), token }),
    fc.record({ kind: fc.constant('pass' as const), ms: fc.integer({ min: 0, max: 500 }) }),
  );

  it('there are never more inside than places, and never two closer than the interval', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), fc.integer({ min: 0, max: 100 }), (steps, intervalMs) => {
        const state = new HostState({ ...limits, intervalMs, leaseMs: 1e9 });
        const inside = new Set<string>();
        const starts: number[] = [];
        let now = 0;
        for (const one of steps) {
          if (one.kind === 'pass') now += one.ms;
          else if (one.kind === 'giveUp') state.giveUp(one.token);
          else if (one.kind !== 'enter') {
            inside.delete(one.token);
            state.leave(one.token, one.kind === 'rest' ? { kind: 'rest', ms: 100 } : { kind: one.kind }, at(now));
          } else if (!inside.has(one.token)) {
            const decision = state.enter(one.token, now, one.patience);
            if (decision.kind !== 'go') continue;
            inside.add(one.token);
            expect(decision.delayMs).toBeLessThanOrEqual(one.patience);
            const last = starts.at(-1);
            if (last !== undefined) expect(now + decision.delayMs - last).toBeGreaterThanOrEqual(intervalMs);
            starts.push(now + decision.delayMs);
          }
          expect(inside.size).toBeLessThanOrEqual(limits.concurrency);
        }
      }),
    );
  });

  it('nobody is forgotten: with a free place the first in line is told', () => {
    const state = new HostState({ ...limits, concurrency: 1 });
    go(state, 'a', 0);
    expect(state.enter('b', 0, 1_000).kind).toBe('wait');
    expect(state.enter('c', 0, 1_000).kind).toBe('wait');
    expect(state.next()).toEqual([]);
    state.leave('a', { kind: 'void' }, at(1));
    expect(state.next()).toEqual(['b']);
  });

  it('who does not ask again for a while has left the line', () => {
    const state = new HostState({ ...limits, concurrency: 1 });
    go(state, 'a', 0);
    state.enter('gone', 0, 1e6);
    state.enter('b', 2_000, 1e6);
    state.leave('a', { kind: 'answered' }, at(3_001));
    expect(state.enter('b', 3_001, 1e6).kind).toBe('go');
  });
});
