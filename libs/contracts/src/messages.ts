import { z } from 'zod';
import { instantSchema, jobErrorSchema, jobIdSchema, pageTagsSchema, urlHashSchema } from './documents.ts';
import { URL_MAX_LENGTH } from './canonical-url.ts';

/**
 * Version of requests and outcomes of this release. A reader takes this one and the one before (`message-formats.ts`); what is newer is
 * poison to it. So a format changes over two releases: the first reads the new version and still writes the old one, and the second writes
 * it, when no reader of the first's predecessor runs any more. A field that may be absent needs no new version: readers drop what they do
 * not know.
 */
export const MESSAGE_VERSION = 1;

/** Version of dead letters. 2 tells how long the value was that had to be cut. */
export const DEAD_LETTER_VERSION = 2;

/** Name of the channel on which an API instance hears about its jobs: its pod name. */
const replyToSchema = z.string().min(1).max(253);

/**
 * A job on `<prefix>.tag-requests`, keyed by `urlHash`. The trace context travels in the header `traceparent`. Unknown
 * fields are dropped, so that a newer producer can add some.
 */
export const tagRequestSchema = z.object({
  version: z.literal(MESSAGE_VERSION),
  jobId: jobIdSchema,
  url: z.string().min(1).max(URL_MAX_LENGTH),
  urlHash: urlHashSchema,
  acceptedAt: instantSchema,
  replyTo: replyToSchema,
  /** After this instant nobody wants the answer any more; absent = always wanted. */
  expiresAt: instantSchema.optional(),
});

/** What became of a job, on `<prefix>.tag-results`: for those who follow along. The truth is in the store. */
export const tagOutcomeSchema = z.discriminatedUnion('outcome', [
  z.object({
    version: z.literal(MESSAGE_VERSION),
    outcome: z.literal('done'),
    jobId: jobIdSchema,
    page: pageTagsSchema,
  }),
  z.object({
    version: z.literal(MESSAGE_VERSION),
    outcome: z.literal('failed'),
    jobId: jobIdSchema,
    url: z.string().min(1).max(URL_MAX_LENGTH),
    urlHash: urlHashSchema,
    error: jobErrorSchema,
    failedAt: instantSchema,
  }),
]);

/** A message that no retry can help, on `<prefix>.tag-dead-letters`. Original headers are kept as headers. */
export const deadLetterSchema = z.object({
  version: z.literal(DEAD_LETTER_VERSION),
  reason: jobErrorSchema,
  attempts: z.number().int().min(0),
  deadAt: instantSchema,
  source: z.object({ topic: z.string(), partition: z.number().int(), offset: z.string() }),
  key: z.string().nullable(),
  /** The original value, base64, or as much of its beginning as fits into a message; null for a tombstone. */
  value: z.string().nullable(),
  /** Length of the original value. More than `value` holds: it was cut. */
  valueBytes: z.number().int().min(0),
});

export type TagRequest = z.infer<typeof tagRequestSchema>;
export type TagOutcome = z.infer<typeof tagOutcomeSchema>;
export type DeadLetter = z.infer<typeof deadLetterSchema>;
