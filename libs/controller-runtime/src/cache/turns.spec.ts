import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Turns } from './turns.ts';

const never = new AbortController().signal;

describe('turns', () => {
  it('are taken by so many at once, in the order in which they came, whatever becomes of those before', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 4 }),
        fc.array(fc.record({ steps: fc.integer({ min: 1, max: 5 }), fails: fc.boolean() }), { maxLength: 20 }),
        async (atOnce, acts) => {
          const turns = new Turns(atOnce);
          const begun: number[] = [];
          let [now, most] = [0, 0];
          const outcomes = await Promise.allSettled(
            acts.map(({ steps, fails }, index) =>
              turns.take(async () => {
                begun.push(index);
                most = Math.max(most, (now += 1));
                for (let step = 0; step < steps; step += 1) await Promise.resolve();
                now -= 1;
                if (fails) throw new Error('it failed');
                return index;
              }, never),
            ),
          );
          expect(begun).toEqual(acts.map((_, index) => index));
          expect(most).toBe(Math.min(atOnce, acts.length));
          expect(outcomes.map(({ status }) => status === 'rejected')).toEqual(acts.map(({ fails }) => fails));
        },
      ),
    );
  });

  it('are lost by who gives up in line, and go to the next', async () => {
    const turns = new Turns(1);
    const first = Promise.withResolvers<string>();
    const given = new AbortController();
    const answers = [
      turns.take(() => first.promise, never),
      turns.take(() => Promise.resolve('second'), given.signal),
      turns.take(() => Promise.resolve('third'), never),
    ];
    given.abort(new Error('no more'));
    await expect(answers[1]).rejects.toThrow('no more');
    first.resolve('first');
    expect(await Promise.all([answers[0], answers[2]])).toEqual(['first', 'third']);
  });

  it('are not given to who has given up before', async () => {
    const turns = new Turns(1);
    await expect(turns.take(() => expect.unreachable(), AbortSignal.abort(new Error('over')))).rejects.toThrow('over');
    expect(await turns.take(() => Promise.resolve('next'), never)).toBe('next');
  });
});
