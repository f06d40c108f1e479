import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { History, isNewer, noteFault, now, type OpenEntry } from './history.ts';
import { parseRequest } from './request-info.ts';

const entry = (n: number): OpenEntry => ({
  n,
  entrance: 'a',
  at: now(),
  method: 'GET',
  path: '/version',
  ...parseRequest({ method: 'GET', path: '/version' }),
  sent: 0,
  faults: [],
});

describe('a history', () => {
  it('forgets the oldest when it is full, never more than a tenth at once', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 50 }), fc.nat(200), (limit, count) => {
        const history = new History(limit);
        for (let i = 0; i < count; i += 1) history.add(entry(history.next()));
        const numbers = history.entries.map(({ n }) => n);
        expect(numbers.length).toBeLessThanOrEqual(limit);
        expect(numbers.length).toBeGreaterThanOrEqual(Math.min(count, limit - Math.max(1, Math.floor(limit / 10))));
        expect(numbers).toEqual(numbers.map((_, index) => count - numbers.length + 1 + index));
      }),
    );
  });

  it('keeps counting when it is cleared', () => {
    const history = new History(10);
    history.add(entry(history.next()));
    history.clear();
    expect(history.entries).toEqual([]);
    expect(history.next()).toBe(2);
  });

  it('knows the newest version that it saw', () => {
    const history = new History(10);
    for (const version of ['9', '10', undefined, '8', 'none']) history.saw(version);
    expect(history.newestVersion).toBe('10');
  });

  it('notes each fault once', () => {
    const open = entry(1);
    const fault = { kind: 'hide' } as const;
    noteFault(open, fault);
    noteFault(open, fault);
    noteFault(open, { kind: 'drop' });
    expect(open.faults).toEqual([{ kind: 'hide' }, { kind: 'drop' }]);
    expect(open.fault).toBe(fault);
  });
});

describe('versions', () => {
  it('are compared as whole numbers of any length', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 80n }), fc.bigInt({ min: 0n, max: 2n ** 80n }), (one, other) => {
        expect(isNewer(one.toString(), other.toString())).toBe(one > other);
      }),
    );
    expect(isNewer('1', undefined)).toBe(true);
    expect([isNewer('x', '1'), isNewer('1', 'x')]).toEqual([false, false]);
  });
});
