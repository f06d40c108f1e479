import type { PageTag, PageTags } from '@tagservice/contracts';
import { decodeCursor, encodeCursor, pageSize, type Place } from '../cursor.ts';
import { listed } from '../listed.ts';
import type { TagUrls } from '../port.ts';
import { keyOfTag, scoresByKey } from '../scores.ts';

/** Postings in memory: per tag the URLs with their scores, at most so many, the best kept. */
export class MemoryIndex {
  readonly #postings = new Map<string, Map<string, number>>();
  readonly #max: number;

  constructor(max: number) {
    this.#max = max;
  }

  /** Replaces what a URL had before by what it has now. */
  replace(urlHash: string, before: readonly PageTag[], now: readonly PageTag[]): void {
    for (const { tag } of before) this.#postings.get(keyOfTag(tag))?.delete(urlHash);
    for (const [key, score] of scoresByKey(now)) {
      const posting = this.#postings.get(key) ?? new Map<string, number>();
      this.#postings.set(key, posting.set(urlHash, score));
      const worst = posting.size > this.#max ? sorted(posting).at(-1) : undefined;
      if (worst !== undefined) posting.delete(worst.urlHash);
    }
  }

  /** Takes out the URLs that have no record any more. Answers how many postings were looked at, and how many taken out. */
  weed(has: (urlHash: string) => boolean): { scanned: number; removed: number } {
    let [scanned, removed] = [0, 0];
    for (const [key, posting] of this.#postings) {
      scanned += posting.size;
      for (const urlHash of posting.keys()) if (!has(urlHash) && posting.delete(urlHash)) removed += 1;
      if (posting.size === 0) this.#postings.delete(key);
    }
    return { scanned, removed };
  }

  /** How many URLs a tag has. */
  count(tag: string): number {
    return this.#postings.get(keyOfTag(tag))?.size ?? 0;
  }

  /** A page of the URLs of a tag, best first. */
  page(
    tag: string,
    wish: { limit: number; cursor?: string },
    pageOf: (urlHash: string) => PageTags | undefined,
  ): TagUrls {
    const after = wish.cursor === undefined ? undefined : decodeCursor(wish.cursor);
    const rest = sorted(this.#postings.get(keyOfTag(tag)) ?? new Map<string, number>()).filter(
      (place) => after === undefined || compare(after, place) < 0,
    );
    const given = rest.slice(0, pageSize(wish.limit));
    const last = given.at(-1);
    const urls = given.flatMap(({ urlHash, score }) => {
      const page = pageOf(urlHash);
      return page === undefined ? [] : [listed(page, score)];
    });
    return { urls, cursor: last !== undefined && rest.length > given.length ? encodeCursor(last) : undefined };
  }
}

function sorted(posting: ReadonlyMap<string, number>): Place[] {
  return Array.from(posting, ([urlHash, score]) => ({ urlHash, score })).sort(compare);
}

/** Best score first; of equal scores the greater hash, as Redis orders a reversed sorted set. */
function compare(left: Place, right: Place): number {
  if (left.score !== right.score) return right.score - left.score;
  return left.urlHash > right.urlHash ? -1 : Number(left.urlHash < right.urlHash);
}
