import { FakeClock } from '@tagservice/controller-runtime';
import { beforeEach, describe, expect, it } from 'vitest';
import { departures, type Departures } from './departures.ts';
import { LIMIT_MS } from './kafka-timing.ts';

let clock: FakeClock;
let forgotten: string[];
let leaving: Departures;

/** Something that is still to be done; ends when the test says so. */
function work(): { run: () => Promise<void>; end: () => void } {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  return {
    run: () => promise,
    end: () => {
      resolve(undefined);
    },
  };
}

beforeEach(() => {
  clock = new FakeClock();
  forgotten = [];
  leaving = departures({ clients: { forget: (service) => forgotten.push(service) }, clock });
});

describe('a service that leaves', () => {
  it('keeps its client for the last work, however often it is told to leave', async () => {
    const last = work();
    leaving.leave('a/b', last.run);
    leaving.leave('a/b');
    await clock.advance(1);
    expect(forgotten).toEqual([]);
    last.end();
    await expect.poll(() => forgotten).toEqual(['a/b']);
  });

  it('does not keep it for work that never ends', async () => {
    leaving.leave('a/b', work().run);
    await clock.advance(LIMIT_MS);
    await expect.poll(() => forgotten).toEqual(['a/b']);
  });

  it('lets go of it although the last work fails', async () => {
    leaving.leave('a/b', () => Promise.reject(new Error('away')));
    await expect.poll(() => forgotten).toEqual(['a/b']);
  });

  it('keeps it when one of the name is back before that', async () => {
    const last = work();
    leaving.leave('a/b', last.run);
    leaving.back('a/b');
    last.end();
    await clock.advance(LIMIT_MS);
    expect(forgotten).toEqual([]);
  });
});
