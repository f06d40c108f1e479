import { z } from 'zod';
import { instantSchema, jobErrorSchema } from './documents.ts';
import { URL_MAX_LENGTH } from './canonical-url.ts';

/** Most addresses that a crawl may name itself. */
export const CRAWL_MAX_URLS = 1_000;
/** Most pages of a sitemap that one crawl takes, and as many as it takes unless said otherwise. */
export const CRAWL_PAGES = { most: 10_000, fallback: 1_000 } as const;
/** How often a crawl may begin anew, in milliseconds: every ten minutes to every 90 days. */
export const CRAWL_EVERY = { leastMs: 600_000, mostMs: 90 * 86_400_000 } as const;

const UNITS = { m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** A duration such as `30m`, `12h` or `7d` in milliseconds; undefined for another text. */
export function crawlPeriodMs(text: string): number | undefined {
  const [, digits, unit] = /^([1-9]\d{0,5})([mhd])$/.exec(text) ?? [];
  return digits === undefined ? undefined : Number(digits) * UNITS[unit as keyof typeof UNITS];
}

/** `waiting`: the next run has its time. `done` and `failed` are the ends of a crawl that runs once. */
export const crawlStatusSchema = z.enum(['waiting', 'running', 'done', 'failed']);

/** What came of the pages of a run. Each page is in one of `known`, `tagged`, `failed` and `left`. */
export const crawlPagesSchema = z.object({
  found: z.number().int().min(0).meta({ description: 'Pages of the run' }),
  known: z.number().int().min(0).meta({ description: 'Their tags were fresh: nothing was done' }),
  tagged: z.number().int().min(0),
  failed: z.number().int().min(0).meta({ description: 'Pages that cannot be tagged' }),
  left: z.number().int().min(0).meta({ description: 'Pages whose turn is still to come' }),
});

/** A crawl as the store keeps it. */
export const crawlDocumentSchema = z.object({
  id: z.string().regex(/^[0-9a-f]{32}$/),
  tenant: z.string().min(1).max(256),
  /** Either addresses of its own or a sitemap. */
  urls: z.array(z.string().min(1).max(URL_MAX_LENGTH)).max(CRAWL_MAX_URLS).exactOptional(),
  sitemap: z.string().min(1).max(URL_MAX_LENGTH).exactOptional(),
  limit: z.number().int().min(1).max(CRAWL_PAGES.most),
  every: z.string().max(8).exactOptional(),
  /** Tags that were made within this time before a run began are as good as new ones, in milliseconds; 0: none are. */
  freshMs: z.number().int().min(0),
  status: crawlStatusSchema,
  createdAt: instantSchema,
  startedAt: instantSchema.exactOptional(),
  endedAt: instantSchema.exactOptional(),
  nextAt: instantSchema.exactOptional(),
  /** How many runs have begun. */
  runs: z.number().int().min(0),
  pages: crawlPagesSchema.exactOptional(),
  /** Of the sitemap: addresses that are no pages of the site, parts that could not be read, and whether there is more than was taken. */
  refused: z.number().int().min(0).exactOptional(),
  unread: z.number().int().min(0).exactOptional(),
  truncated: z.boolean().exactOptional(),
  error: jobErrorSchema.exactOptional(),
});

export type CrawlStatus = z.infer<typeof crawlStatusSchema>;
export type CrawlPages = z.infer<typeof crawlPagesSchema>;
export type CrawlDocument = z.infer<typeof crawlDocumentSchema>;
