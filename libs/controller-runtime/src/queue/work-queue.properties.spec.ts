import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FakeClock } from '../clock/fake-clock.ts';
import { Backoff } from './backoff.ts';
import { WorkQueue } from './work-queue.ts';

const keys = ['a', 'b', 'c', 'd'] as const;
type Step =
  | { do: 'add'; key: string; background: boolean }
  | { do: 'addAfter'; key: string; ms: number }
  | { do: 'take' }
  | { do: 'done'; fails: boolean }
  | { do: 'wait'; ms: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constant('add' as const), key: fc.constantFrom(...keys), background: fc.boolean() }),
  fc.record({
    do: fc.constant('addAfter' as const),
    key: fc.constantFrom(...keys),
    ms: fc.integer({ min: 0, max: 500 }),
  }),
  fc.record({ do: fc.constant('take' as const) }),
  fc.record({ do: fc.constant('done' as const), fails: fc.boolean() }),
  fc.record({ do: fc.constant('wait' as const), ms: fc.integer({ min: 0, max: 300 }) }),
);

/** Plays steps against a queue, checking at each what must always hold. */
class Play {
  readonly clock = new FakeClock();
  readonly queue = new WorkQueue({
    clock: this.clock,
    backoff: new Backoff({ baseMs: 5, maxMs: 1_000, jitter: 0 }),
    slowAfterMs: 100,
  });
  readonly running: string[] = [];
  /** Keys that somebody asked for and that no work has begun on since. */
  readonly owed = new Set<string>();

  async run(one: Step): Promise<void> {
    switch (one.do) {
      case 'add':
        this.queue.add(one.key, one.background ? 'background' : 'change');
        this.owed.add(one.key);
        break;
      case 'addAfter':
        this.queue.addAfter(one.key, one.ms);
        this.owed.add(one.key);
        break;
      case 'take':
        await this.take();
        break;
      case 'done':
        this.finish(one.fails);
        break;
      case 'wait':
        await this.clock.advance(one.ms);
        break;
    }
    expect(this.queue.working).toBe(this.running.length);
    expect(this.queue.depth).toBeLessThanOrEqual(keys.length);
  }

  async take(): Promise<void> {
    if (this.queue.depth === 0) return;
    const key = (await this.queue.take())!;
    expect(this.running, 'one worker per key').not.toContain(key);
    this.running.push(key);
    this.owed.delete(key);
  }

  finish(fails: boolean): void {
    const key = this.running.shift();
    if (key === undefined) return;
    if (fails) {
      this.queue.retry(key);
      this.owed.add(key);
    } else {
      this.queue.forget(key);
    }
    this.queue.done(key);
  }

  /** Works off everything, as workers do that never fail again. */
  async settle(): Promise<void> {
    for (
      let round = 0;
      round < 200 && (this.running.length > 0 || this.queue.depth > 0 || this.queue.delayed > 0);
      round += 1
    ) {
      await this.clock.advance(1_000);
      await this.take();
      this.finish(false);
    }
  }
}

describe('work queue, whatever happens to it', () => {
  it('never runs a key twice at once, never loses one, and comes to rest', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const play = new Play();
        for (const one of steps) await play.run(one);
        await play.settle();
        expect([...play.owed], 'every key that was asked for was worked on afterwards').toEqual([]);
        expect(play.queue.depth + play.queue.working + play.queue.delayed).toBe(0);
        expect(play.clock.pending, 'no timer is left behind').toBe(0);
      }),
      { numRuns: 300 },
    );
  });

  it('gives out whatever waits, however much of whatever priority comes in all the time', async () => {
    const priority = fc.constantFrom('change' as const, 'retry' as const, 'recheck' as const, 'background' as const);
    const waiting = fc.array(fc.record({ priority, isSlow: fc.boolean() }), { minLength: 1, maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(waiting, priority, async (first, stream) => {
        const clock = new FakeClock();
        const queue = new WorkQueue({ clock, slowAfterMs: 5, slowAtOnce: 1 });
        for (const [index] of first.entries()) {
          queue.add(`first-${String(index)}`);
          await queue.take();
          await clock.advance(first[index]?.isSlow === true ? 10 : 1);
          queue.done(`first-${String(index)}`);
        }
        for (const [index, one] of first.entries()) queue.add(`first-${String(index)}`, one.priority);
        const taken = new Set<string | undefined>();
        for (let turn = 0; turn < 16 * (first.length + 1); turn += 1) {
          await clock.advance(1);
          for (const more of ['a', 'b']) queue.add(`${more}-${String(turn)}`, stream);
          const key = await queue.take();
          taken.add(key);
          queue.done(key ?? '');
        }
        for (const index of first.keys()) expect(taken).toContain(`first-${String(index)}`);
      }),
    );
  });

  it('gives every background key out before long once changes stop', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(fc.string({ minLength: 1 }), { minLength: 1, maxLength: 50 }), async (names) => {
        const queue = new WorkQueue({ clock: new FakeClock() });
        names.forEach((name, index) => {
          queue.add(name, index % 2 === 0 ? 'background' : 'change');
        });
        const taken: (string | undefined)[] = [];
        while (queue.depth > 0) taken.push(await queue.take());
        expect(new Set(taken)).toEqual(new Set(names));
        const background = taken.map((name) => names.indexOf(name ?? '') % 2 === 0);
        expect(background, 'all changes first').toEqual(
          [...background].sort((one, other) => Number(one) - Number(other)),
        );
      }),
    );
  });
});
