import { z } from 'zod';
import { instantSchema, jobDocumentSchema, pageTagSchema } from './documents.ts';
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
    stale: z.boolean().optional().meta({ description: 'True when the answer is older than the freshness limit' }),
  })
  .meta({ id: 'PageTags' });

/** Answer 202: the job goes on; ask at `Location`. */
export const acceptedAnswerSchema = z
  .object({ job: jobOfCallerSchema, location: z.string().meta({ description: 'Path of the job' }) })
  .meta({ id: 'Accepted' });

/** Answer to `GET /v1/jobs/{id}`. `result` names where the tags are once the job is done. */
export const jobAnswerSchema = jobOfCallerSchema.extend({ result: z.string().optional() }).meta({ id: 'Job' });

/** Answer to `GET /v1/tags/{tag}/urls`: best match first; pass `next` as `cursor` for more. */
export const tagUrlsAnswerSchema = z
  .object({
    tag: z.string(),
    urls: z.array(z.object({ url: z.string(), title: z.string(), score: z.number(), taggedAt: instantSchema })),
    next: z.string().optional(),
  })
  .meta({ id: 'TagUrls' });

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
    errors: z.array(z.object({ pointer: z.string(), detail: z.string(), fix: z.string().optional() })).optional(),
  })
  .meta({ id: 'Problem' });

export type PageTagsAnswer = z.infer<typeof pageTagsAnswerSchema>;
export type AcceptedAnswer = z.infer<typeof acceptedAnswerSchema>;
export type JobAnswer = z.infer<typeof jobAnswerSchema>;
export type TagUrlsAnswer = z.infer<typeof tagUrlsAnswerSchema>;
export type ProblemAnswer = z.infer<typeof problemAnswerSchema>;
