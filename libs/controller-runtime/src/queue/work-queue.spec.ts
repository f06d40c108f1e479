import { describe, expect, it, vi } from 'vitest';
import { FakeClock } from '../clock/fake-clock.ts';
import { Backoff } from './backoff.ts';
import { WorkQueue } from './work-queue.ts';

function setUp() {
  const clock = new FakeClock();
  const observer = { added: vi.fn(), retried: vi.fn(), started: vi.fn(), finished: vi.fn() };
  const queue = new WorkQueue({ clock, backoff: new Backoff({ jitter: 0 }), observer });
  return { clock, queue, observer };
}

/** The next key, if one is ready now. */
async function takeNow(queue: WorkQueue): Promise<string | undefined> {
  return queue.depth === 0 ? undefined : await queue.take();
}

describe('work queue', () => {
  it('holds a key once, however often it is added', async () => {
    const { queue, observer } = setUp();
    for (let i = 0; i < 100; i += 1) queue.add('a');
    expect(queue.depth).toBe(1);
    expect(observer.added).toHaveBeenCalledTimes(1);
    expect(await queue.take()).toBe('a');
    expect(queue.depth).toBe(0);
  });

  it('gives keys out in the order they came', async () => {
    const { queue } = setUp();
    for (const key of ['b', 'a', 'c', 'a']) queue.add(key);
    expect([await queue.take(), await queue.take(), await queue.take()]).toEqual(['b', 'a', 'c']);
  });

  it('hands a key to a worker that is already waiting', async () => {
    const { queue } = setUp();
    const taken = queue.take();
    queue.add('a');
    expect(await taken).toBe('a');
  });

  it('never gives a key to two workers, and gives it out again if it changed meanwhile', async () => {
    const { queue } = setUp();
    queue.add('a');
    await queue.take();
    queue.add('a');
    queue.add('a');
    expect(queue.depth).toBe(0);
    queue.done('a');
    expect(queue.depth).toBe(1);
    expect(await queue.take()).toBe('a');
    queue.done('a');
    expect(queue.depth).toBe(0);
  });

  it('takes changes before what a list or a resync brings', async () => {
    const { queue } = setUp();
    queue.add('listed-1', 'background');
    queue.add('listed-2', 'background');
    queue.add('changed');
    expect([await queue.take(), await queue.take(), await queue.take()]).toEqual(['changed', 'listed-1', 'listed-2']);
  });

  it('lets a change overtake the same key in the background, never the other way round', async () => {
    const { queue, observer } = setUp();
    queue.add('x', 'background');
    queue.add('a', 'background');
    queue.add('a', 'change');
    queue.add('a', 'background');
    expect(queue.depthOf('change')).toBe(1);
    expect(observer.added).toHaveBeenCalledTimes(2);
    expect(await queue.take()).toBe('a');
  });

  it('counts waiting time from the first add, even if the key was moved up since', async () => {
    const { queue, clock, observer } = setUp();
    queue.add('a', 'background');
    await clock.advance(40);
    queue.add('a', 'change');
    await clock.advance(2);
    await queue.take();
    expect(observer.started).toHaveBeenCalledWith(42);
    await clock.advance(7);
    queue.done('a');
    expect(observer.finished).toHaveBeenCalledWith(7);
  });

  it('adds a delayed key when its time has come', async () => {
    const { queue, clock } = setUp();
    queue.addAfter('a', 1_000);
    await clock.advance(999);
    expect(queue.depth).toBe(0);
    await clock.advance(1);
    expect(await takeNow(queue)).toBe('a');
  });

  it('keeps the earlier of two delays', async () => {
    const { queue, clock } = setUp();
    queue.addAfter('a', 1_000);
    queue.addAfter('a', 5_000);
    queue.addAfter('b', 5_000);
    queue.addAfter('b', 1_000);
    expect(queue.delayed).toBe(2);
    await clock.advance(1_000);
    expect(queue.depth).toBe(2);
    expect(clock.pending).toBe(0);
  });

  it('forgets the delay of a key that is added now: the work decides anew when to come back', async () => {
    const { queue, clock } = setUp();
    queue.addAfter('a', 1_000);
    queue.add('a');
    expect(queue.delayed).toBe(0);
    await queue.take();
    queue.done('a');
    await clock.advance(5_000);
    expect(queue.depth).toBe(0);
  });

  it('does not delay a key that waits already', () => {
    const { queue } = setUp();
    queue.add('a');
    queue.addAfter('a', 1_000);
    expect(queue.delayed).toBe(0);
  });

  it('retries with growing delays until the key is forgotten', async () => {
    const { queue } = setUp();
    const delays = [1, 2, 3, 4].map(() => queue.retry('a'));
    expect(delays).toEqual([5, 10, 20, 40]);
    expect(queue.failures('a')).toBe(4);
    queue.forget('a');
    expect(queue.retry('a')).toBe(5);
    expect(queue.failures('b')).toBe(0);
  });

  it('waits as long as the server asked, if that is longer than its own delay', async () => {
    const { queue, clock } = setUp();
    expect(queue.retry('a', 3_000)).toBe(3_000);
    await clock.advance(2_999);
    expect(queue.depth).toBe(0);
    await clock.advance(1);
    expect(queue.depth).toBe(1);
  });

  it('reacts to a change at once even while the key is in back-off', async () => {
    const { queue } = setUp();
    for (let i = 0; i < 15; i += 1) queue.retry('a');
    queue.add('a');
    expect(await takeNow(queue)).toBe('a');
    expect(queue.failures('a')).toBe(15);
  });

  it('knows how long running work has taken', async () => {
    const { queue, clock } = setUp();
    queue.add('a');
    await queue.take();
    await clock.advance(300);
    queue.add('b');
    await queue.take();
    await clock.advance(100);
    expect(queue.runningFor()).toEqual([400, 100]);
    expect(queue.working).toBe(2);
  });

  it('ends its workers on shutdown, drops what waits, and takes nothing more', async () => {
    const { queue, clock } = setUp();
    queue.add('running');
    await queue.take();
    queue.add('waiting');
    queue.addAfter('later', 10);
    queue.add('running');
    const idle = new WorkQueue({ clock });
    const worker = idle.take();
    idle.shutdown();
    expect(await worker).toBeUndefined();

    queue.shutdown();
    await clock.advance(50);
    expect(queue.depth).toBe(0);
    expect(await queue.take()).toBeUndefined();
    queue.done('running');
    expect(queue.working).toBe(0);
    queue.add('late');
    queue.addAfter('late', 1);
    await clock.advance(10);
    expect(queue.depth).toBe(0);
    expect(clock.pending).toBe(0);
  });

  it('takes what failed after changes, and before what a list brings', async () => {
    const { queue, clock } = setUp();
    queue.retry('failed');
    await clock.advance(10);
    queue.add('listed', 'background');
    queue.add('changed');
    expect([await queue.take(), await queue.take(), await queue.take()]).toEqual(['changed', 'failed', 'listed']);
  });

  it('lets nothing wait for ever behind a stream of changes', async () => {
    const { queue } = setUp();
    queue.add('listed', 'background');
    const taken: (string | undefined)[] = [];
    for (let i = 0; i < 40; i += 1) {
      queue.add(`change-${i.toString()}`);
      taken.push(await queue.take());
    }
    expect(taken).toContain('listed');
  });

  it('takes what only comes back by itself after changes and failures, and before what a list brings', async () => {
    const { queue, clock } = setUp();
    queue.addAfter('again', 10);
    await clock.advance(10);
    queue.add('listed', 'background');
    queue.retry('failed');
    await clock.advance(10);
    queue.add('changed');
    const taken = [await queue.take(), await queue.take(), await queue.take(), await queue.take()];
    expect(taken).toEqual(['changed', 'failed', 'again', 'listed']);
  });

  it('knows which key was brought by nothing but its time', async () => {
    const { queue, clock } = setUp();
    for (const key of ['time', 'changed', 'listed']) queue.addAfter(key, 10);
    queue.retry('failed');
    await clock.advance(10);
    queue.add('changed');
    queue.add('listed', 'background');
    const taken: unknown[] = [];
    for (let key = await takeNow(queue); key !== undefined; key = await takeNow(queue))
      taken.push([key, queue.isByTime(key)]);
    expect(new Map(taken as [string, boolean][])).toEqual(
      new Map([
        ['time', true],
        ['changed', false],
        ['listed', false],
        ['failed', false],
      ]),
    );
  });

  it('knows which key was asked for by somebody who was told of nothing, also while it was worked on', async () => {
    const { queue } = setUp();
    queue.add('asked', 'change', false);
    queue.add('asked and changed', 'change', false);
    queue.add('asked and changed', 'background');
    expect(await takeNow(queue)).toBe('asked');
    expect(queue.isByTime('asked')).toBe(true);
    expect(await takeNow(queue)).toBe('asked and changed');
    expect(queue.isByTime('asked and changed')).toBe(false);
    queue.add('asked', 'change', false);
    queue.add('asked and changed', 'background');
    queue.add('asked and changed', 'change', false);
    for (const key of ['asked', 'asked and changed']) queue.done(key);
    expect(await takeNow(queue)).toBe('asked');
    expect(queue.isByTime('asked')).toBe(true);
    expect(await takeNow(queue)).toBe('asked and changed');
    expect(queue.isByTime('asked and changed')).toBe(false);
  });

  it('forgets that a key came by its time when the work is over', async () => {
    const { queue, clock } = setUp();
    queue.addAfter('a', 10);
    await clock.advance(10);
    await queue.take();
    queue.add('a');
    queue.done('a');
    await queue.take();
    expect(queue.isByTime('a')).toBe(false);
  });

  it('brings back what waits out a back-off when its cause may be over, and nothing else', async () => {
    const { queue } = setUp();
    for (let i = 0; i < 20; i += 1) queue.retry('failed');
    queue.addAfter('later', 60_000);
    queue.retryNow();
    expect(queue.depth).toBe(1);
    expect(await queue.take()).toBe('failed');
    expect(queue.failures('failed')).toBe(20);
    expect(queue.delayed).toBe(1);
  });

  it('does not bring back early what the server asked to wait for', async () => {
    const { queue, clock } = setUp();
    queue.retry('asked', 3_000);
    queue.retry('failed', 1);
    queue.retryNow();
    expect(await takeNow(queue)).toBe('failed');
    expect(queue.depth).toBe(0);
    await clock.advance(3_000);
    expect(await takeNow(queue)).toBe('asked');
  });

  describe('with keys whose work takes long', () => {
    /** Makes keys slow by working on each for ten seconds. */
    async function slow(...keys: string[]) {
      const clock = new FakeClock();
      const queue = new WorkQueue({ clock, slowAfterMs: 5_000, slowAtOnce: 2 });
      for (const key of keys) {
        queue.add(key);
        await queue.take();
        await clock.advance(10_000);
        queue.done(key);
      }
      return { queue, clock };
    }

    it('never gives them more than their part of the workers', async () => {
      const { queue } = await slow('s1', 's2', 's3');
      for (const key of ['s1', 's2', 's3', 'quick']) queue.add(key);
      const workers = [queue.take(), queue.take(), queue.take(), queue.take()];
      expect(await Promise.all(workers.slice(0, 3))).toEqual(['quick', 's1', 's2']);
      expect(queue.depth).toBe(1);
      queue.done('s1');
      expect(await workers[3]).toBe('s3');
    });

    it('lets them not wait for ever behind a stream of quick changes', async () => {
      const { queue } = await slow('s1');
      queue.add('s1');
      const taken: (string | undefined)[] = [];
      for (let n = 0; n < 40; n += 1) {
        queue.add(`quick-${String(n)}`);
        queue.add(`other-${String(n)}`);
        const key = await queue.take();
        taken.push(key);
        queue.done(key ?? '');
      }
      expect(taken).toContain('s1');
    });

    it('takes them for quick again once they were', async () => {
      const { queue } = await slow('s1', 's2', 's3');
      for (const key of ['s1', 's2', 's3']) {
        queue.add(key);
        await queue.take();
        queue.done(key);
      }
      for (const key of ['s1', 's2', 's3']) queue.add(key);
      expect([await queue.take(), await queue.take(), await queue.take()]).toEqual(['s1', 's2', 's3']);
    });

    it('gives a change of one out again although it is being worked on, once that is over', async () => {
      const { queue } = await slow('s1');
      queue.add('s1');
      await queue.take();
      queue.add('s1');
      const next = queue.take();
      queue.done('s1');
      expect(await next).toBe('s1');
    });
  });

  it('ignores the end of work that nobody began', () => {
    const { queue, observer } = setUp();
    queue.done('unknown');
    expect(observer.finished).not.toHaveBeenCalled();
  });
});
