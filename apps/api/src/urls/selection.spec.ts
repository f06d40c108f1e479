import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readCursor, signCursor } from './list-cursor.ts';
import { REMEMBERED, Selection } from './selection.ts';
import type { Entry } from './selection.ts';

const entryArbitrary: fc.Arbitrary<Entry> = fc.record({
  url: fc
    .tuple(fc.constantFrom('http', 'https'), fc.constantFrom('', 'www.'), fc.nat(4), fc.nat(9))
    .map(([scheme, www, host, path]) => `${scheme}://${www}h${String(host)}.org/${String(path)}`),
  urlHash: fc.constant('0'.repeat(32)),
  title: fc.constantFrom('One', 'one!', 'Two', 'Three'),
  score: fc.double({ min: 0, max: 1, noNaN: true }),
  taggedAt: fc.constant('2026-03-01T12:00:00.000Z'),
  canonical: fc.constantFrom(undefined, 'https://h0.org/0', 'https://h1.org/1'),
  tags: fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd', 'e'), { maxLength: 4 }),
});

function choose(selection: Selection, entries: readonly Entry[]): Entry[] {
  return entries.filter((entry) => {
    const admitted = selection.admits(entry);
    if (admitted) selection.take(entry);
    return admitted;
  });
}

const hostOf = ({ url }: Entry) => new URL(url).hostname.replace(/^www\./, '');

describe('a selection of pages', () => {
  it('never holds more pages of a host than allowed, nor one address twice', () => {
    fc.assert(
      fc.property(fc.array(entryArbitrary, { maxLength: 60 }), fc.integer({ min: 1, max: 4 }), (entries, perHost) => {
        const chosen = choose(new Selection(perHost), entries);
        for (const group of Map.groupBy(chosen, hostOf).values()) expect(group.length).toBeLessThanOrEqual(perHost);
        const bare = chosen.map(({ url }) => url.replace(/^https?:\/\/(www\.)?/, ''));
        expect(new Set(bare).size).toBe(bare.length);
      }),
    );
  });

  it('holds the first whatever follows, and something wherever there is something', () => {
    fc.assert(
      fc.property(fc.array(entryArbitrary, { minLength: 1, maxLength: 30 }), (entries) => {
        expect(choose(new Selection(1), entries)[0]).toBe(entries[0]);
      }),
    );
  });

  it('that goes on by a cursor keeps to its limits', () => {
    const scope = { key: new Uint8Array(32), list: 'a' };
    fc.assert(
      fc.property(fc.array(entryArbitrary, { maxLength: 40 }), fc.nat(40), (entries, at) => {
        const first = new Selection(2);
        const before = choose(first, entries.slice(0, at));
        const { seen } = readCursor(signCursor({ after: 'x', seen: first.seen() }, scope), scope);
        const after = choose(new Selection(2, seen), entries.slice(at));
        for (const group of Map.groupBy([...before, ...after], hostOf).values())
          expect(group.length).toBeLessThanOrEqual(2);
        // What is nearly the same in content is told from its digest alone by then: never less is shown than in one go.
        expect(after.length).toBeGreaterThanOrEqual(choose(new Selection(2), entries).length - before.length);
      }),
    );
  });

  it('remembers a bounded number of hosts and pages, the latest', () => {
    const selection = new Selection(1);
    const entries = Array.from({ length: 500 }, (_, index): Entry => ({
      ...{ url: `https://h${String(index)}.org/`, urlHash: '', title: String(index), score: 1, taggedAt: '' },
      ...{ canonical: undefined, tags: [] },
    }));
    expect(choose(selection, entries)).toHaveLength(500);
    const seen = selection.seen();
    expect([seen.hosts.size, seen.pages.size]).toEqual([REMEMBERED, REMEMBERED]);
    const later = new Selection(1, seen);
    expect(later.admits(entries.at(-1)!)).toBe(false);
    expect(later.admits(entries[0]!)).toBe(true);
  });
});

describe('a cursor', () => {
  const digest = fc.stringMatching(/^[0-9a-f]{10}$/);
  const placeArbitrary = fc.record({
    after: fc.string({ maxLength: 60, unit: 'grapheme-ascii' }),
    seen: fc.record({
      hosts: fc
        .uniqueArray(fc.tuple(digest, fc.integer({ min: 0, max: 255 })), { selector: ([key]) => key })
        .map((pairs) => new Map(pairs)),
      pages: fc.uniqueArray(digest).map((digests) => new Set(digests)),
    }),
  });
  const scope = { key: new Uint8Array(32).fill(1), list: 'bees\n2' };

  it('gives back exactly what was put into it, to the same list and nobody else', () => {
    fc.assert(
      fc.property(placeArbitrary, (place) => {
        const cursor = signCursor(place, scope);
        expect(cursor).toMatch(/^[\w-]+$/);
        expect(readCursor(cursor, scope)).toEqual(place);
        for (const other of [
          { ...scope, list: 'bees\n3' },
          { ...scope, key: new Uint8Array(32) },
        ])
          expect(() => readCursor(cursor, other)).toThrow(/cursor/);
      }),
    );
  });

  it('that nobody gave out is refused, whatever it is', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.base64String(), fc.stringMatching(/^[\w-]{20,80}$/)), (text) => {
        expect(() => readCursor(text, scope)).toThrow(/cursor/);
      }),
    );
  });

  it('is at most about a kilobyte long', () => {
    const hosts = Array.from({ length: 90 }, (_, at): [string, number] => [String(at).padStart(10, '0'), 2]);
    const pages = new Set(hosts.map(([key]) => key));
    const cursor = signCursor({ after: 'x'.repeat(60), seen: { hosts: new Map(hosts), pages } }, scope);
    expect(cursor.length).toBeLessThan(1_100);
  });
});
