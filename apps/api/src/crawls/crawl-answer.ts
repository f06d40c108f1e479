import type { CrawlAnswer, CrawlDocument } from '@tagservice/contracts';

/** What a tenant is told of a crawl: everything but whose it is, and of its own pages only how many they are. */
export function crawlAnswer({ tenant: _, freshMs: __, urls, ...crawl }: CrawlDocument): CrawlAnswer {
  return { ...crawl, ...(urls !== undefined && { urls: urls.length }) };
}
