import { randomUUID } from 'node:crypto';
import type { Verdict } from '@tagservice/contracts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { SideStore } from './port.ts';

const recordedAt = '2026-03-01T12:00:00.000Z';

function verdictOf(over: Partial<Verdict> = {}): Verdict {
  const urlHash = '0'.repeat(32);
  return { tenant: 'acme', url: 'https://example.org/', urlHash, tag: 'Bees', verdict: 'accept', recordedAt, ...over };
}

/** The behaviour of every side store. `connect` gives a client of its own to one and the same store, which holds three verdicts. */
export function sideStoreContract(connect: () => SideStore): void {
  let side: SideStore;
  let other: SideStore;
  let key: string;

  beforeEach(() => {
    side = connect();
    other = connect();
    key = randomUUID();
  });
  afterEach(async () => {
    await Promise.all([side.close(), other.close()]);
  });

  describe('a note', () => {
    it('is read by everybody, replaced by the next, and is nothing before it is put', async () => {
      expect(await other.notes.get(key)).toBeUndefined();
      await side.notes.put(key, 'first “note”', 60_000);
      expect(await other.notes.get(key)).toBe('first “note”');
      await other.notes.put(key, '', 60_000);
      expect(await side.notes.get(key)).toBe('');
    });

    it('ends when its time is over', async () => {
      await side.notes.put(key, 'short', 20);
      await expect.poll(() => other.notes.get(key), { timeout: 5_000 }).toBeUndefined();
    });

    it('is put by one of many who find nothing there, and the others are told what it says', async () => {
      const texts = Array.from({ length: 20 }, (_, index) => `text ${String(index)}`);
      const found = await Promise.all(
        texts.map((text, index) => (index % 2 === 0 ? side : other).notes.putIfAbsent(key, text, 60_000)),
      );
      const winner = await side.notes.get(key);
      expect(found.filter((text) => text === undefined)).toHaveLength(1);
      expect(found.indexOf(undefined)).toBe(texts.indexOf(winner ?? ''));
      expect(new Set(found)).toEqual(new Set([undefined, winner]));
    });

    it('is taken away only by those who know what it says', async () => {
      await side.notes.put(key, 'mine', 60_000);
      await other.notes.remove(key, 'yours');
      expect(await side.notes.get(key)).toBe('mine');
      await other.notes.remove(key, 'mine');
      expect(await side.notes.get(key)).toBeUndefined();
    });
  });

  describe('a verdict', () => {
    const mine = async () => (await other.feedback.since(0, 1_000)).filter(({ tenant }) => tenant === key);

    it('is kept once, however often it is given and in whatever case the tag is written', async () => {
      const first = verdictOf({ tenant: key });
      expect(await side.feedback.record(first)).toEqual(first);
      const again = verdictOf({ tenant: key, tag: 'BEES', recordedAt: '2026-03-02T12:00:00.000Z' });
      expect(await other.feedback.record(again)).toEqual(first);
      expect(await mine()).toEqual([{ ...first, number: expect.any(Number) as number }]);
    });

    it('that changes replaces the former and counts as new', async () => {
      await side.feedback.record(verdictOf({ tenant: key }));
      const [before] = await mine();
      const changed = verdictOf({ tenant: key, verdict: 'reject' });
      expect(await side.feedback.record(changed)).toEqual(changed);
      expect(await mine()).toEqual([{ ...changed, number: expect.any(Number) as number }]);
      expect((await other.feedback.since(before!.number, 10)).map(({ tenant }) => tenant)).toEqual([key]);
    });

    it('of another tenant, about another page or another tag stands beside it, in the order in which they were given', async () => {
      const subjects = [{ tag: 'x' }, { urlHash: '1'.repeat(32) }, { tenant: `${key} too` }];
      for (const over of subjects) await side.feedback.record(verdictOf({ tenant: key, ...over }));
      const all = (await other.feedback.since(0, 1_000)).filter(({ tenant }) => tenant.startsWith(key));
      expect(all.map(({ tenant, urlHash, tag }) => [tenant === key, urlHash[0], tag])).toEqual([
        [true, '0', 'x'],
        [true, '1', 'Bees'],
        [false, '0', 'Bees'],
      ]);
      const [first] = all;
      expect(await other.feedback.since(first!.number, 1)).toEqual([all[1]]);
    });

    it('makes the oldest be forgotten when there are too many', async () => {
      for (const tag of ['a', 'b', 'c', 'd']) await side.feedback.record(verdictOf({ tenant: key, tag }));
      expect((await other.feedback.since(0, 1_000)).map(({ tag }) => tag)).toEqual(['b', 'c', 'd']);
      // A forgotten one may come back: it is a new verdict then.
      await side.feedback.record(verdictOf({ tenant: key, tag: 'a' }));
      expect((await other.feedback.since(0, 1_000)).map(({ tag }) => tag)).toEqual(['c', 'd', 'a']);
    });

    it('is given out a page at a time, and nothing is after the last', async () => {
      for (const tag of ['a', 'b', 'c']) await side.feedback.record(verdictOf({ tenant: key, tag }));
      const first = await other.feedback.since(0, 2);
      const rest = await other.feedback.since(first.at(-1)!.number, 2);
      expect([...first, ...rest].map(({ tag }) => tag)).toEqual(['a', 'b', 'c']);
      expect(await other.feedback.since(rest.at(-1)!.number, 2)).toEqual([]);
    });
  });
}
