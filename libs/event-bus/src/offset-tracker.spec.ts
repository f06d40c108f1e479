import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OffsetTracker, type Tracked } from './offset-tracker.ts';

function take(tracker: OffsetTracker, offset: number): Tracked {
  const intake = tracker.take(BigInt(offset));
  if (intake.kind !== 'new') throw new Error(`offset ${String(offset)} is known already`);
  return intake.entry;
}

describe('the watermark', () => {
  it('waits for the oldest message that is not dealt with', () => {
    const tracker = new OffsetTracker();
    const [five, six, seven] = [take(tracker, 5), take(tracker, 6), take(tracker, 7)];
    tracker.finish(seven);
    tracker.finish(six);
    expect(tracker.committable).toBeUndefined();
    tracker.finish(five);
    expect(tracker.committable).toBe(8n);
    expect(tracker.span).toBe(0);
  });

  it('passes gaps in the log', () => {
    const tracker = new OffsetTracker();
    const [first, second] = [take(tracker, 10), take(tracker, 900)];
    tracker.finish(first);
    expect(tracker.committable).toBe(11n);
    tracker.finish(second);
    expect(tracker.committable).toBe(901n);
  });

  it('is not offered again once it is committed', () => {
    const tracker = new OffsetTracker();
    tracker.finish(take(tracker, 0));
    tracker.committed(1n);
    expect(tracker.committable).toBeUndefined();
  });

  it('drops what comes twice: in flight, or dealt with and not yet committed', () => {
    const tracker = new OffsetTracker();
    const [zero] = [take(tracker, 0), take(tracker, 1)];
    tracker.finish(zero);
    expect(tracker.take(0n)).toEqual({ kind: 'known' });
    expect(tracker.take(1n)).toEqual({ kind: 'known' });
    expect(tracker.take(2n).kind).toBe('new');
  });

  it('begins anew when the log does, and ignores what the old one still brings', () => {
    const tracker = new OffsetTracker();
    tracker.finish(take(tracker, 100));
    const old = take(tracker, 101);
    tracker.committed(101n);
    const fresh = take(tracker, 0);
    tracker.finish(old);
    expect(tracker.committable).toBeUndefined();
    tracker.finish(fresh);
    expect(tracker.committable).toBe(1n);
  });

  it('never passes a message that is not dealt with, in whatever order they end', () => {
    const gaps = fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(
        gaps.chain((all) => fc.tuple(fc.constant(all), fc.shuffledSubarray(all.map((_, index) => index)))),
        ([steps, ended]) => {
          const tracker = new OffsetTracker();
          let offset = 0;
          const offsets = steps.map((step) => (offset += step));
          const entries = offsets.map((at) => take(tracker, at));
          const done = new Set<number>();
          for (const index of ended) {
            tracker.finish(entries[index]!);
            done.add(index);
            const open = entries.findIndex((_, at) => !done.has(at));
            const expected =
              open === 0 ? undefined : BigInt(offsets[open === -1 ? offsets.length - 1 : open - 1]!) + 1n;
            expect(tracker.committable).toBe(expected);
          }
          expect(tracker.span).toBe(entries.length - [...entries.keys(), entries.length].find((at) => !done.has(at))!);
        },
      ),
    );
  });
});
