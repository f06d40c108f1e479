import { z } from 'zod';
import { CRAWL_EVERY, CRAWL_MAX_URLS, CRAWL_PAGES, crawlPeriodMs } from './crawls.ts';
import { TAG_MAX_LENGTH } from './documents.ts';

/** Most URLs of one batch. */
export const BATCH_MAX_URLS = 100;

/** Longest text of one URL in a body. Over it the body is refused; up to it the URL's own rules answer for that URL alone. */
const URL_TEXT_MAX_LENGTH = 8_192;

const urlParameter = z
  .string()
  .meta({ description: 'The page, percent-encoded as a whole (& becomes %26).', example: 'https://example.org/page' });

/** Digits in a query. What is over `most` is cut to it (AIP-158); what is no whole number of at least `least` is refused. */
function wholeNumber({ least, most, fallback, description }: WholeNumber) {
  const range = `a whole number from ${String(least)} to ${String(most)}`;
  return z
    .string()
    .meta({ type: 'integer', minimum: least, default: fallback, description })
    .refine((text) => /^\d{1,9}$/.test(text) && Number(text) >= least, { error: `is not ${range}` })
    .transform((text) => Math.min(Number(text), most))
    .optional();
}

interface WholeNumber {
  readonly least: number;
  readonly most: number;
  readonly fallback: number;
  readonly description: string;
}

/** Bounds of a page of URLs. */
export const URLS_PAGE = { least: 1, fallback: 20, most: 100 } as const;
/** Bounds of how many pages of one host an answer may hold. */
export const PER_HOST = { least: 1, fallback: 2, most: 100 } as const;

const limitParameter = wholeNumber({ ...URLS_PAGE, description: 'URLs in the answer at most; more is cut to 100.' });
const perHostParameter = wholeNumber({
  ...PER_HOST,
  description: 'URLs of one host at most, over all pages of the list; more is cut to 100.',
});

/** Query of a route that takes no parameter. */
export const noQuerySchema = z.strictObject({});

/** Query of `GET /v1/tags`. */
export const tagsQuerySchema = z.strictObject({ url: urlParameter });

/** Query of `GET /v1/tags/{tag}/urls`. */
export const tagUrlsQuerySchema = z.strictObject({
  limit: limitParameter,
  perHost: perHostParameter,
  cursor: z.string().meta({ description: '`next` of the page before, unchanged.' }).optional(),
});

/** Query of `GET /v1/urls:related`. */
export const relatedQuerySchema = z.strictObject({
  url: urlParameter,
  limit: limitParameter,
  perHost: perHostParameter,
});

/** Body of `POST /v1/tags:batch`. Each URL is judged for itself: one that cannot be tagged does not spoil the others. */
export const batchRequestSchema = z
  .strictObject({
    urls: z.array(z.string().max(URL_TEXT_MAX_LENGTH)).min(1).max(BATCH_MAX_URLS).meta({
      description: 'Pages whose tags are wanted; the answer keeps their order.',
    }),
  })
  .meta({ id: 'BatchRequest' });

/** Body of `POST /v1/feedback`. */
export const feedbackRequestSchema = z
  .strictObject({
    url: z.string().min(1).max(URL_TEXT_MAX_LENGTH).meta({ description: 'The page that the tag is about.' }),
    tag: z.string().min(1).max(TAG_MAX_LENGTH).meta({ description: 'The tag, as an answer about the page names it.' }),
    verdict: z.enum(['accept', 'reject']).meta({ description: 'Whether the tag describes the page.' }),
  })
  .meta({ id: 'FeedbackRequest' });

const crawlPeriodSchema = z
  .string()
  .regex(/^[1-9]\d{0,5}[mhd]$/)
  .refine((text) => isCrawlPeriod(crawlPeriodMs(text)), { error: 'is not between 10m and 90d' })
  .meta({
    description:
      'How often the crawl begins anew, from beginning to beginning: minutes, hours or days, from 10m to 90d.',
    example: '7d',
  });

function isCrawlPeriod(periodMs = 0): boolean {
  return periodMs >= CRAWL_EVERY.leastMs && periodMs <= CRAWL_EVERY.mostMs;
}

/** Body of `POST /v1/crawls`. */
export const crawlRequestSchema = z
  .strictObject({
    urls: z
      .array(z.string().max(URL_TEXT_MAX_LENGTH))
      .min(1)
      .max(CRAWL_MAX_URLS)
      .optional()
      .meta({ description: 'The pages. Either these or `sitemap`.' }),
    sitemap: z
      .string()
      .min(1)
      .max(URL_TEXT_MAX_LENGTH)
      .optional()
      .meta({ description: 'A sitemap, or an index of sitemaps (sitemaps.org); its pages are those of its own host.' }),
    limit: z
      .number()
      .int()
      .min(1)
      .max(CRAWL_PAGES.most)
      .default(CRAWL_PAGES.fallback)
      .meta({ description: 'Pages of the sitemap that are taken at most.' }),
    every: crawlPeriodSchema.optional(),
  })
  .refine(({ urls, sitemap }) => (urls === undefined) !== (sitemap === undefined), {
    error: 'names either urls or a sitemap',
  })
  .meta({ id: 'CrawlRequest' });

export type CrawlRequest = z.infer<typeof crawlRequestSchema>;
export type BatchRequest = z.infer<typeof batchRequestSchema>;
export type FeedbackRequest = z.infer<typeof feedbackRequestSchema>;
