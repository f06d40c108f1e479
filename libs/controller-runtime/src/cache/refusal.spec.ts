import { beforeEach, describe, expect, it } from 'vitest';
import { ApiError } from '../client/errors.ts';
import { FakeClock } from '../clock/fake-clock.ts';
import type { StoreRefusedError } from './refusable-store.ts';
import { Refusal } from './refusal.ts';

const answer = (code: number, message = 'cannot list', path = '/x') => new ApiError({ code, message }, `GET ${path}`);

let clock: FakeClock;
let problem: unknown;
let told: (StoreRefusedError | undefined)[];
let refusal: Refusal;

beforeEach(() => {
  clock = new FakeClock();
  problem = undefined;
  told = [];
  refusal = new Refusal({
    resource: 'v1/secrets',
    clock,
    believedAfterMs: 1_000,
    problem: () => problem,
    changed: (error) => told.push(error),
  });
});

const meet = (next: unknown): void => {
  problem = next;
  refusal.look();
};

describe('a refusal', () => {
  it('is believed once it has lasted for its time', async () => {
    meet(answer(403));
    await clock.advance(999);
    expect(refusal.error).toBeUndefined();
    await clock.advance(1);
    expect(refusal.error?.message).toBe('v1/secrets cannot be followed: cannot list (403)');
    expect(told).toEqual([refusal.error]);
  });

  it('is forgotten when it ends before that, and counted anew', async () => {
    meet(answer(403));
    await clock.advance(900);
    meet(undefined);
    meet(answer(403));
    await clock.advance(900);
    expect(refusal.error).toBeUndefined();
    await clock.advance(100);
    expect(told).toHaveLength(1);
  });

  it('is told once, however often the server repeats it with other numbers in the request', async () => {
    meet(answer(403, 'cannot watch', '/x?resourceVersion=1'));
    await clock.advance(1_000);
    const first = refusal.error;
    meet(answer(403, 'cannot watch', '/x?resourceVersion=2'));
    expect(refusal.error).toBe(first);
    expect(told).toHaveLength(1);
  });

  it('is told again when it is another', async () => {
    meet(answer(403, 'cannot watch'));
    await clock.advance(1_000);
    meet(answer(403, 'cannot list'));
    expect(told.map((error) => error?.message)).toEqual([
      'v1/secrets cannot be followed: cannot watch (403)',
      'v1/secrets cannot be followed: cannot list (403)',
    ]);
  });

  it.each([answer(500), answer(401), new TypeError('no answer')])(
    'stands while something else fails, and is none when only that fails: %s',
    async (other) => {
      meet(other);
      await clock.advance(5_000);
      expect(told).toEqual([]);
      meet(answer(403));
      await clock.advance(1_000);
      meet(other);
      expect(refusal.error).toBeDefined();
      meet(undefined);
      expect(refusal.error).toBeUndefined();
      expect(told).toHaveLength(2);
    },
  );

  it('is not believed when something else fails at that instant, but at the next refusal that lasts', async () => {
    meet(answer(403));
    problem = answer(500);
    await clock.advance(1_000);
    expect(refusal.error).toBeUndefined();
    meet(answer(403));
    await clock.advance(1_000);
    expect(refusal.error).toBeDefined();
  });

  it('is not told any more once nobody looks', async () => {
    meet(answer(403));
    refusal.stop();
    await clock.advance(5_000);
    expect(told).toEqual([]);
  });
});
