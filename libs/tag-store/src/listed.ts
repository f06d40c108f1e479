import { tagKey, type PageTags } from '@tagservice/contracts';
import type { TagUrls } from './port.ts';

/** A record as an entry of the list of a tag. */
export function listed(page: PageTags, score: number): TagUrls['urls'][number] {
  const { url, urlHash, title, taggedAt, canonical } = page;
  const best = page.tags.toSorted((left, right) => right.score - left.score);
  return { url, urlHash, title, score, taggedAt, canonical, tags: best.map(({ tag }) => tagKey(tag)) };
}
