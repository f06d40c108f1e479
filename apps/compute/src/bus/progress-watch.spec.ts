import { describe, expect, it } from 'vitest';
import type { Progress } from '@tagservice/event-bus';
import { ProgressWatch } from './progress-watch.ts';

function watched() {
  const state = { now: 1_000_000, redisAway: false, progress: undefined as Progress | undefined };
  const watch = new ProgressWatch({
    progress: () => state.progress,
    needs: [() => (state.redisAway ? Promise.reject(new Error('away')) : Promise.resolve())],
    stuckAfterMs: 60_000,
    clock: { now: () => state.now, pause: () => Promise.resolve() },
  });
  const [live, ready] = watch.checks();
  return { state, live: async () => live!.check(), ready: async () => ready!.check() };
}

const working: Progress = { assigned: 3, inFlight: 4, lag: 7, lastCommitAt: 1 };

describe('liveness', () => {
  it('holds while there is nothing to do, however long', async () => {
    const { state, live } = watched();
    state.progress = { ...working, lag: 0 };
    for (let hour = 0; hour < 3; hour += 1) {
      state.now += 3_600_000;
      expect(await live()).toEqual({ ok: true });
    }
  });

  it('is lost when there is work and nothing is committed for the limit', async () => {
    const { state, live } = watched();
    state.progress = working;
    await live();
    state.now += 60_000;
    expect(await live()).toEqual({ ok: true });
    state.now += 1;
    expect(await live()).toEqual({ ok: false, detail: '7 messages wait and none was committed for 60 s' });
  });

  it('counts from the first sight of work, not from the last commit before a quiet night', async () => {
    const { state, live } = watched();
    state.progress = { ...working, lag: 0 };
    await live();
    state.now += 8 * 3_600_000;
    await live();
    state.progress = working;
    state.now += 10_000;
    expect(await live()).toEqual({ ok: true });
  });

  it('holds with every commit', async () => {
    const { state, live } = watched();
    for (let commit = 1; commit < 10; commit += 1) {
      state.progress = { ...working, lastCommitAt: commit };
      state.now += 50_000;
      expect(await live()).toEqual({ ok: true });
    }
  });

  it('is not lost while what every message needs is away: a new process could not go on either', async () => {
    const { state, live } = watched();
    state.progress = working;
    await live();
    state.redisAway = true;
    state.now += 300_000;
    expect(await live()).toEqual({ ok: true, detail: 'waiting for Kafka or Redis' });
    state.redisAway = false;
    state.now += 30_000;
    expect(await live()).toEqual({ ok: true });
    state.now += 40_000;
    expect(await live()).toMatchObject({ ok: false });
  });
});

describe('readiness', () => {
  it('comes with the first partition', async () => {
    const { state, ready } = watched();
    expect(await ready()).toMatchObject({ ok: false });
    state.progress = { ...working, assigned: 0 };
    expect(await ready()).toMatchObject({ ok: false, detail: 'no partition assigned for 0 s' });
    state.progress = working;
    expect(await ready()).toEqual({ ok: true });
  });

  it('comes to a member for which no partition is left, too, after a while', async () => {
    const { state, ready } = watched();
    state.progress = { ...working, assigned: 0 };
    state.now += 30_001;
    expect(await ready()).toMatchObject({ ok: true });
  });
});
