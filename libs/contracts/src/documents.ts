import { z } from 'zod';
import { URL_MAX_LENGTH } from './canonical-url.ts';
import { JOB_ID_PATTERN } from './job-id.ts';

/** Longest tag, in UTF-16 units. */
export const TAG_MAX_LENGTH = 64;

/** ISO 8601 in UTC with milliseconds, as `Date.prototype.toISOString` writes it: sorts as text in the order of time. */
export const instantSchema = z.iso.datetime({ precision: 3 }).meta({ description: 'ISO 8601, UTC, milliseconds' });

/** 32 hexadecimal digits. */
export const urlHashSchema = z.string().regex(/^[0-9a-f]{32}$/);

/** Hash of the URL, a dash, 16 hexadecimal digits. */
export const jobIdSchema = z.string().regex(JOB_ID_PATTERN);

const canonicalUrlSchema = z.string().min(1).max(URL_MAX_LENGTH);

/** Why a job failed: a code of the catalogue (kept as text, since an older reader meets newer codes) and what happened this time. */
export const jobErrorSchema = z.object({ code: z.string().min(1).max(64), detail: z.string().max(2000) });

/** A tag of a page: its score in [0, 1] and the places in the page that speak for it. */
export const pageTagSchema = z.object({
  tag: z.string().min(1).max(TAG_MAX_LENGTH),
  score: z.number().min(0).max(1),
  evidence: z.array(z.string().max(200)).max(16),
});

/** By what a page is asked whether it has changed, and what had made its tags. Internal: answers do not carry it. */
export const pageSourceSchema = z.object({
  /** Where the redirects ended: the validators are of this URL. */
  url: canonicalUrlSchema,
  etag: z.string().max(1024).exactOptional(),
  lastModified: z.string().max(64).exactOptional(),
  /** Version and settings of the tagger. Tags of another one are not renewed but made again. */
  tagger: z.string().max(64),
});

/** The record of a URL: what is known about the page. It is the truth; postings are derived from it. */
export const pageTagsSchema = z.object({
  url: canonicalUrlSchema,
  urlHash: urlHashSchema,
  /** The address that the page names as its own (`rel=canonical`), where it is another of the same site. */
  canonical: canonicalUrlSchema.optional(),
  title: z.string().max(1000),
  language: z.string().max(35),
  tags: z.array(pageTagSchema).max(256),
  taggedAt: instantSchema,
  jobId: jobIdSchema,
  /** Only the beginning of the page was read: it is longer than the limit. */
  truncated: z.boolean().exactOptional(),
  /** What the page was made from; absent in records of older versions. */
  source: pageSourceSchema.exactOptional(),
});

/** What a tenant thinks of a tag of a page. */
export const verdictSchema = z.object({
  /** Who says so. */
  tenant: z.string().min(1).max(256),
  url: canonicalUrlSchema,
  urlHash: urlHashSchema,
  /** As the answer about the page named it; in which case does not matter. */
  tag: z.string().min(1).max(TAG_MAX_LENGTH),
  verdict: z.enum(['accept', 'reject']),
  recordedAt: instantSchema,
});

/** State of a job. `done` and `failed` are terminal. */
export const jobStatusSchema = z.enum(['queued', 'running', 'done', 'failed']);

/** A job as a caller sees it. Kept for a day after its last change. */
export const jobDocumentSchema = z.object({
  id: jobIdSchema,
  url: canonicalUrlSchema,
  status: jobStatusSchema,
  createdAt: instantSchema,
  updatedAt: instantSchema,
  attempts: z.number().int().min(0),
  error: jobErrorSchema.optional(),
});

/**
 * The key under which URLs are found by a tag. A page keeps its tags as people write them (`NASA`, `Pruning roses`);
 * who asks need not know in which case that was.
 */
export function tagKey(tag: string): string {
  return tag.normalize('NFC').toLowerCase();
}

export type JobError = z.infer<typeof jobErrorSchema>;
export type PageTag = z.infer<typeof pageTagSchema>;
export type PageSource = z.infer<typeof pageSourceSchema>;
export type PageTags = z.infer<typeof pageTagsSchema>;
export type Verdict = z.infer<typeof verdictSchema>;
export type JobStatus = z.infer<typeof jobStatusSchema>;
export type JobDocument = z.infer<typeof jobDocumentSchema>;
