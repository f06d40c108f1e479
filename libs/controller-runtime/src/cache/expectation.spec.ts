import { beforeEach, describe, expect, it } from 'vitest';
import { FakeClock } from '../clock/fake-clock.ts';
import { Expectation } from './expectation.ts';

let clock: FakeClock;
let seen: string;
let lastLine: number | undefined;
let done: string[];
let expectation: Expectation;

beforeEach(() => {
  clock = new FakeClock();
  seen = '10';
  lastLine = 0;
  done = [];
  const note = (what: string): void => {
    done.push(`${what} ${clock.monotonic().toString()}`);
  };
  expectation = new Expectation({
    clock,
    lagMs: 1_000,
    seen: () => seen,
    lastLine: () => lastLine,
    replace: () => {
      note('replaced');
    },
    distrusted: () => {
      note('distrusted');
    },
  });
});

describe('expecting a watch to show what has happened', () => {
  it('does nothing about what was shown already, or is shown in time', async () => {
    expectation.expect('10');
    expect(clock.pending).toBe(0);
    expectation.expect('11');
    await clock.advance(999);
    seen = '11';
    await clock.advance(60_000);
    expect(done).toEqual([]);
    expect(clock.pending).toBe(0);
  });

  it('replaces a silent watch once when that helps', async () => {
    expectation.expect('11');
    await clock.advance(1_000);
    expect(done).toEqual(['replaced 1000']);
    seen = '11';
    await clock.advance(60_000);
    expect(done).toHaveLength(1);
  });

  it('waits longer each time it was in vain, and then asks for a list', async () => {
    expectation.expect('11');
    await clock.advance(60_000);
    expect(done).toEqual(['replaced 1000', 'replaced 3000', 'distrusted 7000']);
    expect(clock.pending).toBe(0);
  });

  it('counts only what was in vain in a row', async () => {
    for (let version = 11; version < 16; version += 1) {
      expectation.expect(version.toString());
      await clock.advance(1_000);
      seen = version.toString();
      await clock.advance(10_000);
    }
    expect(done.every((what) => what.startsWith('replaced'))).toBe(true);
    expect(done).toHaveLength(5);
  });

  it('is patient with a watch that shows other things: it is behind, not silent', async () => {
    expectation.expect('20');
    for (let second = 1; second <= 5; second += 1) {
      await clock.advance(900);
      lastLine = clock.monotonic();
      await clock.advance(100);
    }
    expect(done).toEqual([]);
    seen = '20';
    await clock.advance(60_000);
    expect(done).toEqual([]);
  });

  it('but not for ever', async () => {
    expectation.expect('20');
    for (let second = 1; second <= 10; second += 1) {
      await clock.advance(900);
      lastLine = clock.monotonic();
      await clock.advance(100);
    }
    expect(done).toEqual(['replaced 8000']);
  });

  it('leaves a watch alone that is still being opened', async () => {
    lastLine = undefined;
    expectation.expect('11');
    await clock.advance(10_000);
    expect(done).toEqual([]);
    lastLine = clock.monotonic() - 5_000;
    await clock.advance(1_000);
    expect(done).toHaveLength(1);
  });

  it('does not keep a server that lags from catching up: six in a row, then one in ten seconds', async () => {
    for (let version = 11; version < 311; version += 1) {
      expectation.expect(version.toString());
      await clock.advance(1_000);
      // Each replacement helps, but the next change comes late again.
      seen = version.toString();
      await clock.advance(1_000);
    }
    expect(done.length).toBeGreaterThan(50);
    expect(done.length).toBeLessThanOrEqual(6 + 60);
  });

  it('ends with its watch', async () => {
    expectation.expect('11');
    expectation.stop();
    await clock.advance(60_000);
    expect(done).toEqual([]);
  });
});
