import { crawlDocumentSchema, type CrawlDocument } from '@tagservice/contracts';

/** Reads a stored crawl; undefined for a text that this version cannot read. */
export function parseCrawl(json: string): CrawlDocument | undefined {
  try {
    return crawlDocumentSchema.safeParse(JSON.parse(json)).data;
  } catch {
    return undefined;
  }
}

/** The newest first; of one instant in the order of their ids, so that a list stays as it was. */
export function newestFirst(crawls: readonly CrawlDocument[]): readonly CrawlDocument[] {
  const placeOf = ({ createdAt, id }: CrawlDocument): string => `${createdAt} ${id}`;
  return crawls.toSorted((a, b) => (placeOf(a) < placeOf(b) ? 1 : -1));
}
