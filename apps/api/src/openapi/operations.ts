import {
  acceptedAnswerSchema,
  batchAnswerSchema,
  batchRequestSchema,
  crawlAnswerSchema,
  crawlRequestSchema,
  crawlsAnswerSchema,
  feedbackAnswerSchema,
  feedbackRequestSchema,
  jobAnswerSchema,
  noQuerySchema,
  pageTagsAnswerSchema,
  problemAnswerSchema,
  problems,
  relatedQuerySchema,
  relatedUrlsAnswerSchema,
  tagUrlsAnswerSchema,
  tagUrlsQuerySchema,
  tagsQuerySchema,
} from '@tagservice/contracts';
import type { ProblemCode } from '@tagservice/contracts';
import type { z } from 'zod';
import type { Feature } from '../admission/features.ts';
import type { Access } from '../identity/access.ts';

/** Every schema of a body, by the name under which the document has it. The code validates and types by the same objects. */
export const schemas = {
  PageTags: pageTagsAnswerSchema,
  Accepted: acceptedAnswerSchema,
  Batch: batchAnswerSchema,
  BatchRequest: batchRequestSchema,
  Job: jobAnswerSchema,
  TagUrls: tagUrlsAnswerSchema,
  RelatedUrls: relatedUrlsAnswerSchema,
  Feedback: feedbackAnswerSchema,
  FeedbackRequest: feedbackRequestSchema,
  Crawl: crawlAnswerSchema,
  CrawlRequest: crawlRequestSchema,
  Crawls: crawlsAnswerSchema,
  Problem: problemAnswerSchema,
} as const;

/** Bodies that arrive; the others are sent. A reader of what is sent must bear members that it does not know. */
export const requestSchemas: ReadonlySet<string> = new Set(['BatchRequest', 'FeedbackRequest', 'CrawlRequest']);

/** An answer that is no problem. */
export interface AnswerText {
  readonly description: string;
  readonly schema?: keyof typeof schemas;
  /** Default `application/json`, where there is a schema. */
  readonly mediaType?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A parameter in the path or a header. */
export interface TextParameter {
  readonly name: string;
  readonly in: 'path' | 'header';
  readonly required: boolean;
  readonly description: string;
  readonly example?: string;
}

/** One method of one path. */
export interface Operation {
  readonly method: 'get' | 'post' | 'delete';
  readonly path: string;
  readonly group: 'tags' | 'jobs' | 'crawls' | 'service';
  readonly summary: string;
  readonly operationId: string;
  readonly access: Access;
  /** The part of the service that it belongs to; absent where it cannot be switched off. */
  readonly feature?: Feature;
  readonly query: z.ZodObject;
  readonly parameters: readonly TextParameter[];
  readonly body?: keyof typeof schemas;
  readonly answers: Readonly<Record<number, AnswerText>>;
  /** Codes of the catalogue that it can answer with, beside those of {@link problemsOf} its access. */
  readonly problems: readonly ProblemCode[];
}

const header = (name: string, description: string): TextParameter => ({
  name,
  in: 'header',
  required: false,
  description,
});
const inPath = (name: string, description: string, example: string): TextParameter => ({
  name,
  in: 'path',
  required: true,
  description,
  example,
});

const prefer = header('Prefer', '`wait=n` waits n seconds at most, `respond-async` does not wait (RFC 7240).');
const ifNoneMatch = header('If-None-Match', 'Entity tags of answers that the caller has.');
const idempotencyKey = header(
  'Idempotency-Key',
  'A quoted text of the caller’s choice. Sent again within 24 hours with the same body, it gets the first answer again.',
);

const unchanged: AnswerText = { description: 'The answer that the caller has is the current one.' };

/** What is refused before a handler is asked: authentication and admission. */
const ofAccess: readonly ProblemCode[] = [
  ...(['TOKEN_MISSING', 'TOKEN_INVALID', 'SCOPE_MISSING', 'KEYS_UNAVAILABLE'] as const),
  ...(['QUOTA_EXCEEDED', 'REDUCED', 'RETRIES_EXHAUSTED', 'OVERLOADED'] as const),
];

/** All codes of the catalogue that an operation can answer with. */
export function problemsOf({ access, feature, problems: own }: Operation): readonly ProblemCode[] {
  const admitted = access === 'open' ? [] : ofAccess;
  return [...own, ...admitted, ...(feature === undefined ? [] : (['FEATURE_OFF'] as const))];
}

const always: readonly ProblemCode[] = ['PARAMETER_INVALID', 'NOT_ACCEPTABLE', 'INTERNAL'];
const withStore: readonly ProblemCode[] = [...always, 'STORE_UNAVAILABLE'];
const withBody: readonly ProblemCode[] = [
  ...withStore,
  'BODY_NOT_JSON',
  'UNSUPPORTED_MEDIA_TYPE',
  'REQUEST_TOO_LARGE',
  'IDEMPOTENCY_KEY_INVALID',
  'IDEMPOTENCY_CONFLICT',
  'IDEMPOTENCY_RUNNING',
];
const aboutUrl: readonly ProblemCode[] = [
  'URL_MISSING',
  'URL_MALFORMED',
  'URL_SCHEME',
  'URL_CREDENTIALS',
  'URL_TOO_LONG',
  'URL_HOST',
];
const ofQueue: readonly ProblemCode[] = ['QUEUE_TOO_LONG', 'QUEUE_UNAVAILABLE'];
const ofFailedJobs = (Object.keys(problems) as ProblemCode[]).filter((code) => problems[code].surface === 'job');

const tagsOfUrl: Operation = {
  method: 'get',
  path: '/v1/tags',
  group: 'tags',
  summary: 'Which tags describe this URL?',
  operationId: 'tagsOfUrl',
  access: 'tags:read',
  query: tagsQuerySchema,
  parameters: [prefer, ifNoneMatch],
  answers: {
    200: {
      description: 'The tags of the page.',
      schema: 'PageTags',
      headers: {
        ETag: 'Names this answer.',
        Age: 'Seconds since the page was tagged.',
        'Cache-Control': 'How long it stays fresh.',
      },
    },
    202: {
      description: 'The tags are being made; ask at Location.',
      schema: 'Accepted',
      headers: { Location: 'The job.', 'Retry-After': 'Seconds.' },
    },
    304: unchanged,
  },
  problems: [...aboutUrl, ...withStore, ...ofQueue, ...ofFailedJobs],
};

const tagsOfUrls: Operation = {
  method: 'post',
  path: '/v1/tags:batch',
  group: 'tags',
  summary: 'Which tags describe these URLs?',
  operationId: 'tagsOfUrls',
  access: 'tags:read',
  feature: 'batch',
  query: noQuerySchema,
  parameters: [prefer, idempotencyKey],
  body: 'BatchRequest',
  answers: { 200: { description: 'What became of each URL, in the order given.', schema: 'Batch' } },
  problems: [...withBody, ...ofQueue],
};

const urlsOfTag: Operation = {
  method: 'get',
  path: '/v1/tags/{tag}/urls',
  group: 'tags',
  summary: 'Which URLs are known for this tag?',
  operationId: 'urlsOfTag',
  access: 'tags:read',
  feature: 'lists',
  query: tagUrlsQuerySchema,
  parameters: [inPath('tag', 'A tag, percent-encoded.', 'sourdough')],
  answers: {
    200: {
      description: 'URLs, best match first; of pages that are nearly the same only the best.',
      schema: 'TagUrls',
      headers: { Link: '`rel="next"`, where there is more.' },
    },
  },
  problems: ['TAG_INVALID', 'CURSOR_INVALID', ...withStore],
};

const relatedUrls: Operation = {
  method: 'get',
  path: '/v1/urls:related',
  group: 'tags',
  summary: 'Which URLs have tags in common with this one?',
  operationId: 'relatedUrls',
  access: 'tags:read',
  feature: 'related',
  query: relatedQuerySchema,
  parameters: [],
  answers: {
    200: { description: 'URLs, the most alike first; a rare tag in common counts more.', schema: 'RelatedUrls' },
    202: {
      description: 'The tags of the URL are being made; ask again when the job is done.',
      schema: 'Accepted',
      headers: { Location: 'The job.', 'Retry-After': 'Seconds.' },
    },
  },
  problems: [...aboutUrl, 'URL_UNKNOWN', ...withStore],
};

const feedback: Operation = {
  method: 'post',
  path: '/v1/feedback',
  group: 'tags',
  summary: 'Does this tag describe this URL?',
  operationId: 'feedback',
  access: 'feedback:write',
  feature: 'feedback',
  query: noQuerySchema,
  parameters: [idempotencyKey],
  body: 'FeedbackRequest',
  answers: { 200: { description: 'The verdict that is kept now.', schema: 'Feedback' } },
  problems: [...aboutUrl, 'TAG_INVALID', ...withBody],
};

const job: Operation = {
  method: 'get',
  path: '/v1/jobs/{id}',
  group: 'jobs',
  summary: 'How far is this job?',
  operationId: 'job',
  access: 'tags:read',
  query: noQuerySchema,
  parameters: [inPath('id', 'Id of the job.', '0123456789abcdef0123456789abcdef-0123456789abcdef'), prefer],
  answers: {
    200: { description: 'The job.', schema: 'Job', headers: { 'Retry-After': 'Seconds, while it is under way.' } },
  },
  problems: ['JOB_NOT_FOUND', ...withStore],
};

const jobEvents: Operation = {
  method: 'get',
  path: '/v1/jobs/{id}/events',
  group: 'jobs',
  summary: 'What happens to this job?',
  operationId: 'jobEvents',
  access: 'tags:read',
  feature: 'events',
  query: noQuerySchema,
  parameters: [
    inPath('id', 'Id of the job.', '0123456789abcdef0123456789abcdef-0123456789abcdef'),
    header('Last-Event-ID', 'The last event that the caller has; sent by browsers when they connect again.'),
  ],
  answers: {
    200: {
      description:
        'Server-sent events: `status` with the job as data whenever it has changed. The stream ends after `done` or `failed`.',
      schema: 'Job',
      mediaType: 'text/event-stream',
    },
    204: { description: 'The job has ended and the caller has its last event: do not connect again.' },
  },
  problems: ['JOB_NOT_FOUND', 'TOO_MANY_STREAMS', ...withStore],
};

const ofCrawls = { group: 'crawls', access: 'crawl:write', feature: 'crawls', query: noQuerySchema } as const;
const crawlId = inPath('id', 'Id of the crawl.', '0123456789abcdef0123456789abcdef');

const planCrawl: Operation = {
  ...ofCrawls,
  method: 'post',
  path: '/v1/crawls',
  summary: 'Tag many pages, or all of a sitemap, once or again and again.',
  operationId: 'planCrawl',
  parameters: [idempotencyKey],
  body: 'CrawlRequest',
  answers: {
    201: {
      description: 'The crawl; its first run begins at once.',
      schema: 'Crawl',
      headers: { Location: 'The crawl.' },
    },
  },
  problems: ['TOO_MANY_CRAWLS', ...withBody],
};

const crawlsOfTenant: Operation = {
  ...ofCrawls,
  method: 'get',
  path: '/v1/crawls',
  summary: 'Which crawls are there?',
  operationId: 'crawls',
  parameters: [],
  answers: { 200: { description: 'The crawls of the caller’s tenant, the newest first.', schema: 'Crawls' } },
  problems: [...withStore],
};

const crawl: Operation = {
  ...ofCrawls,
  method: 'get',
  path: '/v1/crawls/{id}',
  summary: 'How far is this crawl?',
  operationId: 'crawl',
  parameters: [crawlId],
  answers: { 200: { description: 'The crawl.', schema: 'Crawl' } },
  problems: ['CRAWL_NOT_FOUND', ...withStore],
};

const removeCrawl: Operation = {
  ...ofCrawls,
  method: 'delete',
  path: '/v1/crawls/{id}',
  summary: 'Take this crawl away.',
  operationId: 'removeCrawl',
  parameters: [crawlId],
  answers: {
    204: { description: 'It is gone. A run under way ends with the pages it has on the queue; what was tagged stays.' },
  },
  problems: ['CRAWL_NOT_FOUND', ...withStore],
};

const openApi: Operation = {
  method: 'get',
  path: '/openapi.json',
  group: 'service',
  summary: 'This document',
  operationId: 'openApi',
  access: 'open',
  query: noQuerySchema,
  parameters: [ifNoneMatch],
  answers: { 200: { description: 'OpenAPI 3.1.', mediaType: 'application/json' }, 304: unchanged },
  problems: always,
};

const docs: Operation = {
  method: 'get',
  path: '/docs',
  group: 'service',
  summary: 'This document, to be read by people',
  operationId: 'docs',
  access: 'open',
  query: noQuerySchema,
  parameters: [ifNoneMatch],
  answers: {
    200: { description: 'One page that needs nothing from elsewhere.', mediaType: 'text/html' },
    304: unchanged,
  },
  problems: always,
};

/** Every operation of the API; a test holds it against the routes that the server has. */
export const operations: readonly Operation[] = [
  ...[tagsOfUrl, tagsOfUrls, urlsOfTag, relatedUrls, feedback],
  ...[job, jobEvents],
  ...[planCrawl, crawlsOfTenant, crawl, removeCrawl],
  ...[openApi, docs],
];
