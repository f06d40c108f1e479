import { z } from 'zod';
import { crawlPagesSchema, crawlStatusSchema } from './crawls.ts';
import { instantSchema, jobErrorSchema, jobDocumentSchema, pageTagSchema } from './documents.ts';
import { problemCodes, type ProblemCode } from './errors.ts';
import { JOB_HANDLE_PATTERN } from './job-id.ts';

/** The name of a job to one caller. */
const jobHandleSchema = z.string().regex(JOB_HANDLE_PATTERN).meta({ description: 'Opaque' });
const jobOfCallerSchema = jobDocumentSchema.extend({ id: jobHandleSchema });

/** Answer to `GET /v1/tags?url=`: 200 with tags, at once or after the job ended within the deadline. */
export const pageTagsAnswerSchema = z
  .object({
    url: z.string().meta({ description: 'Canonical URL of the page' }),
    title: z.string(),
    language: z.string().meta({ description: 'BCP 47; "und" where it is not known' }),
    tags: z.array(pageTagSchema),
    taggedAt: instantSchema,
    truncated: z.boolean().optional().meta({ description: 'True when only the beginning of a long page was read' }),
    canonical: z
      .string()
      .optional()
      .meta({ description: 'The address that the page names as its own, where it is another' }),
    stale: z.boolean().optional().meta({ description: 'True when the answer is older than the freshness limit' }),
  })
  .meta({ id: 'PageTags' });

/** Answer 202: the job goes on; ask at `Location`. */
export const acceptedAnswerSchema = z
  .object({ job: jobOfCallerSchema, location: z.string().meta({ description: 'Path of the job' }) })
  .meta({ id: 'Accepted' });

/** Answer to `GET /v1/jobs/{id}`. `result` names where the tags are once the job is done. */
export const jobAnswerSchema = jobOfCallerSchema.extend({ result: z.string().optional() }).meta({ id: 'Job' });

const listedUrlSchema = z.object({
  url: z.string(),
  title: z.string(),
  score: z.number().meta({ description: 'In [0, 1]; more is better' }),
  taggedAt: instantSchema,
});

/** Answer to `GET /v1/tags/{tag}/urls`: best match first; pass `next` as `cursor` for more. */
export const tagUrlsAnswerSchema = z
  .object({
    tag: z.string(),
    urls: z.array(listedUrlSchema),
    next: z.string().optional().meta({ description: 'Opaque and signed; absent at the end' }),
  })
  .meta({ id: 'TagUrls' });

/** Answer to `GET /v1/urls:related`: pages that share tags with this one, the most alike first. */
export const relatedUrlsAnswerSchema = z
  .object({
    url: z.string().meta({ description: 'Canonical URL of the page asked about' }),
    urls: z.array(
      listedUrlSchema.extend({
        tags: z.array(z.string()).meta({ description: 'The tags that both pages have, the rarest first' }),
      }),
    ),
  })
  .meta({ id: 'RelatedUrls' });

/** An error, `application/problem+json` (RFC 9457). */
export const problemAnswerSchema = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.number().int(),
    code: z.enum(problemCodes as readonly [ProblemCode, ...ProblemCode[]]),
    detail: z.string().optional(),
    instance: z.string().optional(),
    fix: z.string(),
    job: jobHandleSchema.optional(),
    retryAt: instantSchema.optional().meta({ description: 'Before this instant the answer stays the same' }),
    errors: z.array(z.object({ pointer: z.string(), detail: z.string(), fix: z.string().optional() })).optional(),
  })
  .meta({ id: 'Problem' });

/**
 * What became of one URL of a batch: exactly what asking for it alone would have been answered with, by `status`: 200 with `page`,
 * 202 with `accepted`, anything else with `problem`.
 */
export const batchItemSchema = z.object({
  url: z.string().meta({ description: 'As it was given' }),
  status: z.number().int().meta({ description: 'Status that asking for this URL alone would have had' }),
  page: pageTagsAnswerSchema.optional(),
  accepted: acceptedAnswerSchema.optional(),
  problem: problemAnswerSchema.optional(),
});

/** Answer to `POST /v1/tags:batch`: one item for each URL, in the order in which they were given. */
export const batchAnswerSchema = z.object({ items: z.array(batchItemSchema) }).meta({ id: 'Batch' });

/** Answer to `POST /v1/feedback`. */
export const feedbackAnswerSchema = z
  .object({
    url: z.string().meta({ description: 'Canonical URL of the page' }),
    tag: z.string(),
    verdict: z.enum(['accept', 'reject']),
    recordedAt: instantSchema.meta({ description: 'When this verdict was given first' }),
  })
  .meta({ id: 'Feedback' });

/** A crawl, as its tenant sees it. */
export const crawlAnswerSchema = z
  .object({
    id: z.string().meta({ description: 'Opaque' }),
    urls: z
      .number()
      .int()
      .optional()
      .meta({ description: 'How many pages it was given; absent where it goes by a sitemap' }),
    sitemap: z.string().optional(),
    limit: z.number().int(),
    every: z.string().optional(),
    status: crawlStatusSchema,
    runs: z.number().int().meta({ description: 'Runs that have begun' }),
    createdAt: instantSchema,
    startedAt: instantSchema.optional().meta({ description: 'Of the last run' }),
    endedAt: instantSchema.optional().meta({ description: 'Of the last run' }),
    nextAt: instantSchema.optional(),
    pages: crawlPagesSchema.optional().meta({ description: 'What has come of the pages of the last run so far' }),
    refused: z
      .number()
      .int()
      .optional()
      .meta({ description: 'Addresses in the sitemap that are no pages of its site' }),
    unread: z.number().int().optional().meta({ description: 'Sitemaps of the index that could not be read' }),
    truncated: z.boolean().optional().meta({ description: 'True when the sitemap names more pages than were taken' }),
    error: jobErrorSchema.optional().meta({ description: 'Why the last run found no pages' }),
  })
  .meta({ id: 'Crawl' });

/** Answer to `GET /v1/crawls`: the newest first. */
export const crawlsAnswerSchema = z.object({ crawls: z.array(crawlAnswerSchema) }).meta({ id: 'Crawls' });

export type CrawlAnswer = z.infer<typeof crawlAnswerSchema>;
export type CrawlsAnswer = z.infer<typeof crawlsAnswerSchema>;
export type BatchAnswer = z.infer<typeof batchAnswerSchema>;
export type BatchItem = z.infer<typeof batchItemSchema>;
export type FeedbackAnswer = z.infer<typeof feedbackAnswerSchema>;
export type RelatedUrlsAnswer = z.infer<typeof relatedUrlsAnswerSchema>;
export type PageTagsAnswer = z.infer<typeof pageTagsAnswerSchema>;
export type AcceptedAnswer = z.infer<typeof acceptedAnswerSchema>;
export type JobAnswer = z.infer<typeof jobAnswerSchema>;
export type TagUrlsAnswer = z.infer<typeof tagUrlsAnswerSchema>;
export type ProblemAnswer = z.infer<typeof problemAnswerSchema>;
