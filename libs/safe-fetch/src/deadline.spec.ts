import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Deadline } from './deadline.ts';

describe('a deadline', () => {
  beforeEach(() => vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }));
  afterEach(() => vi.useRealTimers());

  it('is over after its time', () => {
    const deadline = new Deadline(100);
    vi.advanceTimersByTime(99);
    expect(deadline.signal.aborted).toBe(false);
    vi.advanceTimersByTime(1);
    expect(deadline.signal.aborted).toBe(true);
  });

  it('does not count the time of others', async () => {
    const deadline = new Deadline(100);
    vi.advanceTimersByTime(60);
    await deadline.paused(() => {
      vi.advanceTimersByTime(10_000);
      return Promise.resolve();
    });
    vi.advanceTimersByTime(39);
    expect(deadline.signal.aborted).toBe(false);
    vi.advanceTimersByTime(1);
    expect(deadline.signal.aborted).toBe(true);
  });

  it('goes on counting when what was waited for fails', async () => {
    const deadline = new Deadline(100);
    await expect(deadline.paused(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
    vi.advanceTimersByTime(100);
    expect(deadline.signal.aborted).toBe(true);
  });

  it('is over when the caller gives up, before, during and between the waits', async () => {
    expect(new Deadline(100, AbortSignal.abort()).signal.aborted).toBe(true);
    const caller = new AbortController();
    const deadline = new Deadline(100, caller.signal);
    await deadline.paused((signal) => {
      caller.abort();
      expect(signal.aborted).toBe(true);
      return Promise.resolve();
    });
  });

  it('leaves nothing behind when it ends', () => {
    const caller = new AbortController();
    const deadline = new Deadline(100, caller.signal);
    deadline.end();
    expect(vi.getTimerCount()).toBe(0);
    caller.abort();
    expect(deadline.signal.aborted).toBe(false);
  });
});
