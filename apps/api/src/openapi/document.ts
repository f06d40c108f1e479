import {
  acceptedAnswerSchema,
  jobAnswerSchema,
  pageTagsAnswerSchema,
  problemAnswerSchema,
  problems,
  tagUrlsAnswerSchema,
} from '@tagservice/contracts';
import type { ProblemCode } from '@tagservice/contracts';
import { z } from 'zod';

const schemas = {
  PageTags: pageTagsAnswerSchema,
  Accepted: acceptedAnswerSchema,
  Job: jobAnswerSchema,
  TagUrls: tagUrlsAnswerSchema,
  Problem: problemAnswerSchema,
} as const;

interface Answer {
  readonly description: string;
  readonly schema?: keyof typeof schemas;
  readonly headers?: Readonly<Record<string, string>>;
}

interface Route {
  readonly summary: string;
  readonly operationId: string;
  readonly parameters: readonly object[];
  readonly answers: Readonly<Record<number, Answer>>;
  /** Codes of the catalogue that the route can answer with. */
  readonly problems: readonly ProblemCode[];
}

const text = (
  name: string,
  place: 'query' | 'path' | 'header',
  about: { description: string; required?: boolean },
) => ({
  name,
  in: place,
  required: about.required ?? false,
  description: about.description,
  schema: { type: 'string' },
});

const prefer = text('Prefer', 'header', {
  description: '`wait=n` waits n seconds at most, `respond-async` does not wait (RFC 7240).',
});

const access: readonly ProblemCode[] = [
  'TOKEN_MISSING',
  'TOKEN_INVALID',
  'SCOPE_MISSING',
  'FEATURE_OFF',
  'QUOTA_EXCEEDED',
  'RETRIES_EXHAUSTED',
  'REDUCED',
  'KEYS_UNAVAILABLE',
];
const always: readonly ProblemCode[] = [...access, 'PARAMETER_INVALID', 'OVERLOADED', 'STORE_UNAVAILABLE', 'INTERNAL'];
const aboutUrl: readonly ProblemCode[] = [
  'URL_MISSING',
  'URL_MALFORMED',
  'URL_SCHEME',
  'URL_CREDENTIALS',
  'URL_TOO_LONG',
  'URL_HOST',
];
const ofFailedJobs = (Object.keys(problems) as ProblemCode[]).filter((code) => problems[code].surface === 'job');

/** Every route of the API; a test holds it against the routes that the server has. */
export const routes: Readonly<Record<string, Route>> = {
  '/v1/tags': {
    summary: 'Which tags describe this URL?',
    operationId: 'tagsOfUrl',
    parameters: [
      text('url', 'query', { description: 'The page, percent-encoded.', required: true }),
      prefer,
      text('If-None-Match', 'header', { description: 'Entity tags of answers that the caller has.' }),
    ],
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
      304: { description: 'The answer that the caller has is the current one.' },
    },
    problems: [...aboutUrl, ...always, 'QUEUE_TOO_LONG', 'QUEUE_UNAVAILABLE', ...ofFailedJobs],
  },
  '/v1/tags/{tag}/urls': {
    summary: 'Which URLs are known for this tag?',
    operationId: 'urlsOfTag',
    parameters: [
      text('tag', 'path', { description: 'A tag, percent-encoded.', required: true }),
      {
        name: 'limit',
        in: 'query',
        description: 'More is cut to 100.',
        schema: { type: 'integer', minimum: 1, default: 20 },
      },
      text('cursor', 'query', { description: '`next` of the page before, unchanged.' }),
    ],
    answers: {
      200: {
        description: 'URLs, best match first.',
        schema: 'TagUrls',
        headers: { Link: '`rel="next"`, where there is more.' },
      },
    },
    problems: ['TAG_INVALID', 'CURSOR_INVALID', ...always],
  },
  '/v1/jobs/{id}': {
    summary: 'How far is this job?',
    operationId: 'job',
    parameters: [text('id', 'path', { description: 'Id of the job.', required: true }), prefer],
    answers: {
      200: { description: 'The job.', schema: 'Job', headers: { 'Retry-After': 'Seconds, while it is under way.' } },
    },
    problems: ['JOB_NOT_FOUND', ...always],
  },
  '/openapi.json': {
    summary: 'This document',
    operationId: 'openapi',
    parameters: [],
    answers: { 200: { description: 'OpenAPI 3.1.' } },
    problems: ['OVERLOADED', 'INTERNAL'],
  },
};

/** The OpenAPI 3.1 document, made from the schemas that the answers are typed by and from the problem catalogue. */
export function openApiDocument(): object {
  return {
    openapi: '3.1.0',
    info: {
      title: 'TagService',
      version: '1.0.0',
      description: 'Tags of URLs and URLs of tags.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    paths: Object.fromEntries(Object.entries(routes).map(([path, route]) => [path, { get: operation(route) }])),
    security: [{ token: [] }],
    components: {
      securitySchemes: { token: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } },
      schemas: Object.fromEntries(Object.entries(schemas).map(([name, schema]) => [name, jsonSchema(name, schema)])),
    },
  };
}

/** A schema with an id of its own arrives wrapped in definitions; here it has its place in the components. */
function jsonSchema(name: string, schema: z.ZodType): object {
  const { $schema: _, ...plain } = z.toJSONSchema(schema, { io: 'output', reused: 'inline' });
  return plain.$defs?.[name] ?? plain;
}

function operation(route: Route): object {
  const answers = Object.entries(route.answers).map(([status, answer]) => [status, response(answer)]);
  return {
    summary: route.summary,
    operationId: route.operationId,
    parameters: route.parameters,
    responses: { ...Object.fromEntries(answers), ...problemResponses(route.problems) },
  };
}

function response(answer: Answer): object {
  const headers = Object.entries(answer.headers ?? {}).map(([name, description]) => [
    name,
    { description, schema: { type: 'string' } },
  ]);
  const content =
    answer.schema === undefined ? {} : { content: { 'application/json': { schema: reference(answer.schema) } } };
  return { description: answer.description, headers: Object.fromEntries(headers), ...content };
}

function problemResponses(codes: readonly ProblemCode[]): object {
  const byStatus = Map.groupBy(codes, (code) => problems[code].status);
  return Object.fromEntries(
    [...byStatus].map(([status, members]) => [
      status,
      {
        description: members.map((code) => `\`${code}\`: ${problems[code].title}.`).join(' '),
        content: { 'application/problem+json': { schema: reference('Problem') } },
      },
    ]),
  );
}

function reference(schema: keyof typeof schemas): object {
  return { $ref: `#/components/schemas/${schema}` };
}
