import { describe, expect, it } from 'vitest';
import { collectGarbage } from './garbage.ts';

describe('garbage', () => {
  it('is gone at once', () => {
    const dropped = new WeakRef({ all: Array.from({ length: 1_000 }, () => ({})) });
    collectGarbage();
    return new Promise<void>((done) => {
      // A reference is strong until the turn of the event loop that made it is over.
      setImmediate(() => {
        collectGarbage();
        expect(dropped.deref()).toBeUndefined();
        done();
      });
    });
  });
});
