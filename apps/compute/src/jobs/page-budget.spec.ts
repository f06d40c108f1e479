import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PageBudget } from './page-budget.ts';

const never = new AbortController().signal;
const settle = async (): Promise<void> => {
  for (let n = 0; n < 10; n += 1) await Promise.resolve();
};

/** Work that ends when it is told to. */
function work(budget: PageBudget, bytes: number, signal = never) {
  const gate = Promise.withResolvers<string>();
  const state = { begun: false };
  const done = budget.within(bytes, signal, async () => {
    state.begun = true;
    return gate.promise;
  });
  return { state, done, end: gate.resolve, fail: gate.reject };
}

describe('the memory for pages', () => {
  it('is given to as many as fit, and to the next when one ends', async () => {
    const budget = new PageBudget(10);
    const [first, second, third] = [work(budget, 6), work(budget, 4), work(budget, 1)];
    await settle();
    expect([first.state.begun, second.state.begun, third.state.begun]).toEqual([true, true, false]);
    second.end('read');
    expect(await second.done).toBe('read');
    await settle();
    expect(third.state.begun).toBe(true);
    expect(budget.inUse).toBe(7);
  });

  it('comes back when the work fails', async () => {
    const budget = new PageBudget(10);
    const [first, second] = [work(budget, 10), work(budget, 10)];
    await settle();
    first.fail(new Error('gone'));
    await expect(first.done).rejects.toThrow('gone');
    await settle();
    expect(second.state.begun).toBe(true);
  });

  it('is given in the order of asking: a large page is not passed by small ones', async () => {
    const budget = new PageBudget(10);
    const [first, large, small] = [work(budget, 6), work(budget, 8), work(budget, 1)];
    await settle();
    expect([large.state.begun, small.state.begun]).toEqual([false, false]);
    first.end('');
    await settle();
    expect([large.state.begun, small.state.begun]).toEqual([true, true]);
  });

  it('is given alone to a page that is larger than all of it', async () => {
    const budget = new PageBudget(10);
    const [first, huge, next] = [work(budget, 1), work(budget, 100), work(budget, 1)];
    await settle();
    expect(huge.state.begun).toBe(false);
    first.end('');
    await settle();
    expect([huge.state.begun, next.state.begun]).toEqual([true, false]);
  });

  it('is not waited for by a message that was taken away', async () => {
    const budget = new PageBudget(10);
    const aborting = new AbortController();
    const [first, gone, next] = [work(budget, 10), work(budget, 10, aborting.signal), work(budget, 10)];
    await settle();
    aborting.abort();
    await settle();
    expect(gone.state.begun).toBe(true);
    expect(budget.inUse).toBe(10);
    gone.end('');
    first.end('');
    await settle();
    expect(next.state.begun).toBe(true);
    expect(work(budget, 10, aborting.signal).state.begun).toBe(false);
  });

  it('is never exceeded by more than one page, all is given back, and nobody waits for ever', async () => {
    const steps = fc.array(fc.record({ bytes: fc.integer({ min: 1, max: 15 }), abort: fc.boolean() }), {
      maxLength: 30,
    });
    await fc.assert(
      fc.asyncProperty(steps, fc.infiniteStream(fc.nat()), async (all, picks) => {
        const budget = new PageBudget(10);
        const open = all.map(({ bytes, abort }) => {
          const aborting = new AbortController();
          const one = { ...work(budget, bytes, aborting.signal), bytes };
          if (abort) aborting.abort();
          return one;
        });
        for (let turn = 0; turn < 200 && open.length > 0; turn += 1) {
          await settle();
          if (budget.inUse > 10) expect(all.some(({ bytes }) => bytes === budget.inUse)).toBe(true);
          const begun = open.filter(({ state }) => state.begun);
          expect(begun.length).toBeGreaterThan(0);
          const [next] = open.splice(open.indexOf(begun[picks.next().value! % begun.length]!), 1);
          next!.end('');
          await next!.done;
        }
        await settle();
        expect(open).toEqual([]);
        expect(budget.inUse).toBe(0);
      }),
      { numRuns: 100 },
    );
  });
});
