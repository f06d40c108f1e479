import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { JobReference, TagStore } from './port.ts';
import { pageOf, someJob } from './tag-store.samples.ts';

/** What every store tells of the lists of tags beside their order. Two clients of one store, made anew for each test. */
export function tagListContract({ store, other }: { store: () => TagStore; other: () => TagStore }): void {
  const write = async (job: JobReference, tags: Record<string, number>) =>
    await store().apply({ ...job, page: pageOf(job, tags) });

  describe('an entry of the list of a tag', () => {
    it('tells the tags of its page as keys, the best first, and the address that the page names as its own', async () => {
      const id = randomUUID();
      const [plain, print] = [someJob(), someJob()];
      await store().apply({ ...plain, page: pageOf(plain, { [id]: 0.5, 'Honey Bees': 0.9 }) });
      const page = { ...pageOf(print, { [id]: 0.4 }), canonical: 'https://example.org/story' };
      await store().apply({ ...print, page });
      const { urls } = await other().urlsOfTag(id, { limit: 10 });
      expect(urls.map(({ tags, canonical }) => ({ tags, canonical }))).toEqual([
        { tags: ['honey bees', id], canonical: undefined },
        { tags: [id], canonical: 'https://example.org/story' },
      ]);
      expect(await other().readPage(print.urlHash)).toEqual(page);
    });
  });

  describe('the number of URLs of tags', () => {
    it('follows what is written, whatever the case, and is bounded as the lists are', async () => {
      const [one, two] = [randomUUID(), randomUUID()];
      const jobs = [someJob(), someJob(), someJob()];
      for (const job of jobs) await write(job, { [one]: 0.5 });
      await write(someJob(jobs[0]), { [two]: 0.5 });
      expect(await other().countUrls([one.toUpperCase(), two, randomUUID()])).toEqual([2, 1, 0]);
      expect(await other().countUrls([])).toEqual([]);
    });
  });
}
