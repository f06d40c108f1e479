import { canonicalUrl, tagKey } from '@tagservice/contracts';
import type { PageTags } from '@tagservice/contracts';
import type { TagStore } from '@tagservice/tag-store';
import { TestbedFailure } from '@tagservice/testbed';

const AT_ONCE = 400;
const INDEX_PAGE = 50;

/** Runs `work` on every item, so many at a time. */
async function forAll<Item, Result>(items: readonly Item[], work: (item: Item) => Promise<Result>): Promise<Result[]> {
  const results: Result[] = [];
  for (let start = 0; start < items.length; start += AT_ONCE)
    results.push(...(await Promise.all(items.slice(start, start + AT_ONCE).map(work))));
  return results;
}

/** The record of every address; undefined where there is none. */
export async function recordsOf(store: TagStore, urls: readonly string[]): Promise<(PageTags | undefined)[]> {
  return await forAll(urls, async (url) => {
    const canonical = canonicalUrl(url);
    if (!canonical.ok) throw new TestbedFailure(canonical.detail);
    return await store.readPage(canonical.hash);
  });
}

/** Where the index says something else than the records, a sentence each. Nothing else may be in the store. */
export async function indexFaults(store: TagStore, records: readonly PageTags[]): Promise<string[]> {
  const expected = new Map<string, Set<string>>();
  for (const { url, tags } of records)
    for (const key of new Set(tags.map(({ tag }) => tagKey(tag)))) {
      const urls = expected.get(key) ?? new Set();
      expected.set(key, urls.add(url));
    }
  const faults = await forAll(Array.from(expected), async ([tag, urls]) => {
    const found = await urlsOf(store, tag);
    const distinct = new Set(found);
    if (distinct.size !== found.length) return [`a URL is listed twice under ${tag}`];
    if (distinct.size !== urls.size || found.some((url) => !urls.has(url)))
      return [`${String(found.length)} URLs are listed under ${tag}, of which ${String(urls.size)} have it`];
    return [];
  });
  return faults.flat();
}

/** Every URL that the index has under the tag, as often as it has it. */
async function urlsOf(store: TagStore, tag: string): Promise<string[]> {
  const urls: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await store.urlsOfTag(tag, { limit: INDEX_PAGE, ...(cursor === undefined ? {} : { cursor }) });
    urls.push(...page.urls.map(({ url }) => url));
    ({ cursor } = page);
  } while (cursor !== undefined);
  return urls;
}
