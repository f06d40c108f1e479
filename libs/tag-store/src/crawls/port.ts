import type { CrawlDocument } from '@tagservice/contracts';

/** Most crawls of a tenant that are kept. */
export const MAX_CRAWLS = 100;

/**
 * The crawls of all tenants. Bounded for each of them: when there are as many as may be, the one that ended first makes room for a new one.
 * What `add` and `remove` resolve to outlives the primary; `update` may be lost with it.
 *
 * @throws StoreUnavailable in every call; whether a write took place is then not known
 */
export interface Crawls {
  /** Keeps a new crawl; `full` where as many are waiting or under way as may be. */
  add(crawl: CrawlDocument): Promise<'kept' | 'full'>;
  get(tenant: string, id: string): Promise<CrawlDocument | undefined>;
  /** The newest first. */
  list(tenant: string): Promise<readonly CrawlDocument[]>;
  /** Writes what has become of a crawl; false where it was taken away meanwhile. */
  update(crawl: CrawlDocument): Promise<boolean>;
  /** Takes a crawl away; false where there is none. */
  remove(tenant: string, id: string): Promise<boolean>;
  close(): Promise<void>;
}
