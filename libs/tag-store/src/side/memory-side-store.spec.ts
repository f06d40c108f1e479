import { beforeEach, describe, expect, it } from 'vitest';
import { StoreUnavailable } from '../errors.ts';
import { memorySideStore, type MemorySideStore } from './memory-side-store.ts';
import { sideStoreContract } from './side-store.contract.ts';
import { parseVerdict, subjectOf, verdictsPage } from './verdict.ts';

describe('the side store in memory', () => {
  let side: MemorySideStore;
  beforeEach(() => {
    side = memorySideStore({ maxVerdicts: 3 });
  });
  // Hooks run in the order of definition: each test has a store of its own, both of its clients the same one.
  sideStoreContract(() => side);

  it('fails as Redis does when it is switched off', async () => {
    side.setAvailable(false);
    await expect(side.notes.get('a')).rejects.toBeInstanceOf(StoreUnavailable);
    await expect(side.feedback.since(0, 1)).rejects.toBeInstanceOf(StoreUnavailable);
  });

  it('lets go of notes that have ended', async () => {
    let now = 0;
    const clocked = memorySideStore({ now: () => now });
    await clocked.notes.put('a', 'text', 10);
    now = 10;
    expect(await clocked.notes.putIfAbsent('a', 'next', 10)).toBeUndefined();
    expect(await clocked.notes.get('a')).toBe('next');
  });
});

describe('a stored verdict', () => {
  const verdict = {
    tenant: 'a',
    url: 'https://example.org/',
    urlHash: '0'.repeat(32),
    tag: 't',
    verdict: 'accept',
    recordedAt: '2026-03-01T12:00:00.000Z',
  } as const;

  it('is read back, and what is none is not', () => {
    expect(parseVerdict(JSON.stringify(verdict))).toEqual(verdict);
    for (const text of ['', '{}', 'null', '{"tenant":1}']) expect(parseVerdict(text)).toBeUndefined();
  });

  it('cannot be aimed at by a tenant whose name holds the separator', () => {
    const one = subjectOf({ ...verdict, tenant: `a","${'0'.repeat(31)}` });
    expect(one).not.toBe(subjectOf({ ...verdict, tenant: 'a', urlHash: `${'0'.repeat(31)}","0` }));
  });

  it('comes in pages of a size between 1 and 1,000', () => {
    expect([0, -5, Number.NaN, 7.9, 5_000].map(verdictsPage)).toEqual([1, 1, 1, 7, 1_000]);
  });
});
