import type { CrawlDocument } from '@tagservice/contracts';
import { StoreUnavailable } from '../errors.ts';
import { MAX_CRAWLS, type Crawls } from './port.ts';
import { newestFirst, parseCrawl } from './stored-crawl.ts';

/** {@link Crawls} with a switch for tests. */
export interface MemoryCrawls extends Crawls {
  /** False makes every call fail as if Redis were away. */
  setAvailable(available: boolean): void;
}

/** Crawls within this process, for development and tests. Same contract as Redis, nothing kept. */
export function memoryCrawls({ maxCrawls = MAX_CRAWLS }: { readonly maxCrawls?: number } = {}): MemoryCrawls {
  const tenants = new Map<string, Map<string, string>>();
  let available = true;
  const of = (tenant: string): Map<string, string> => tenants.get(tenant) ?? new Map<string, string>();
  const listed = (tenant: string): readonly CrawlDocument[] =>
    newestFirst(Array.from(of(tenant).values()).flatMap((json) => parseCrawl(json) ?? []));
  // Every method settles on a later turn, as over a network.
  const later = async <T>(call: () => T): Promise<T> => {
    await Promise.resolve();
    if (!available) throw new StoreUnavailable('memory', 'connect ECONNREFUSED');
    return call();
  };
  return {
    add: (crawl) =>
      later(() => {
        const crawls = of(crawl.tenant);
        if (!makeRoom(crawls, listed(crawl.tenant), maxCrawls)) return 'full';
        tenants.set(crawl.tenant, crawls.set(crawl.id, JSON.stringify(crawl)));
        return 'kept';
      }),
    get: (tenant, id) => later(() => parseCrawl(of(tenant).get(id) ?? '')),
    list: (tenant) => later(() => listed(tenant)),
    update: (crawl) =>
      later(() => {
        const crawls = of(crawl.tenant);
        const there = crawls.has(crawl.id);
        if (there) crawls.set(crawl.id, JSON.stringify(crawl));
        return there;
      }),
    remove: (tenant, id) => later(() => of(tenant).delete(id)),
    close: () => Promise.resolve(),
    setAvailable(next) {
      available = next;
    },
  };
}

function makeRoom(crawls: Map<string, string>, listed: readonly CrawlDocument[], most: number): boolean {
  const surplus = crawls.size + 1 - most;
  const ended = listed
    .filter(({ status }) => status === 'done' || status === 'failed')
    .toSorted((a, b) => ((a.endedAt ?? '') < (b.endedAt ?? '') ? -1 : 1));
  if (ended.length < surplus) return false;
  for (const { id } of ended.slice(0, Math.max(0, surplus))) crawls.delete(id);
  return true;
}
