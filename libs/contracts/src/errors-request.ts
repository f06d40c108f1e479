import type { ProblemDefinition } from './problem.ts';

function problem<const D extends Omit<ProblemDefinition, 'surface'>>(definition: D): D & { readonly surface: 'http' } {
  return { surface: 'http', ...definition };
}

/** Problems that an HTTP answer reports. */
export const requestProblems = {
  URL_MISSING: problem({
    status: 400,
    title: 'No URL was given',
    cause: 'The parameter `url` is missing or empty.',
    remedy: 'Pass the page as `?url=`, percent-encoded.',
    retry: 'never',
  }),
  URL_MALFORMED: problem({
    status: 400,
    title: 'The URL cannot be read',
    cause: 'The text is not an absolute URL by the WHATWG URL standard, or it contains control characters.',
    remedy: 'Give a complete URL such as `https://example.org/page`, percent-encoded once.',
    retry: 'never',
  }),
  URL_SCHEME: problem({
    status: 422,
    title: 'The scheme of the URL is not supported',
    cause: 'Only pages reachable by HTTP are tagged.',
    remedy: 'Use a URL that begins with `http://` or `https://`.',
    retry: 'never',
  }),
  URL_CREDENTIALS: problem({
    status: 422,
    title: 'The URL carries credentials',
    cause: 'A user name or password in a URL would be stored and sent on; pages are fetched without credentials.',
    remedy: 'Remove the part before `@`.',
    retry: 'never',
  }),
  URL_TOO_LONG: problem({
    status: 422,
    title: 'The URL is too long',
    cause: 'The URL has more than 2048 characters, as given or in its canonical form.',
    remedy: 'Shorten it: most query parameters can be left out.',
    retry: 'never',
  }),
  URL_HOST: problem({
    status: 422,
    title: 'The host name of the URL is not valid',
    cause: 'The host name is empty, has an empty part or is longer than DNS allows.',
    remedy: 'Check the spelling of the host name.',
    retry: 'never',
  }),
  PARAMETER_INVALID: problem({
    status: 400,
    title: 'A parameter is not valid',
    cause: 'A query parameter, header or body field has the wrong form or is out of range.',
    remedy: 'Correct the parameters listed in `errors`.',
    retry: 'never',
  }),
  TAG_INVALID: problem({
    status: 400,
    title: 'The tag is not valid',
    cause: 'A tag has 1 to 64 characters and no control characters.',
    remedy: 'Use a tag as it appears in an answer about a URL, percent-encoded in the path.',
    retry: 'never',
  }),
  CURSOR_INVALID: problem({
    status: 400,
    title: 'The cursor is not valid',
    cause: 'The cursor was changed, cut off, or comes from another query.',
    remedy: 'Start again without a cursor, and pass on `next` exactly as it was given.',
    retry: 'never',
  }),
  JOB_NOT_FOUND: problem({
    status: 404,
    title: 'There is no such job',
    cause: 'The job never existed, or it ended more than a day ago.',
    remedy: 'Ask for the tags of the URL again.',
    retry: 'never',
  }),
  NOT_FOUND: problem({
    status: 404,
    title: 'There is nothing at this path',
    cause: 'No route has this path.',
    remedy: 'See `/openapi.json` for the paths of this service.',
    retry: 'never',
  }),
  METHOD_NOT_ALLOWED: problem({
    status: 405,
    title: 'The method is not allowed here',
    cause: 'The path exists, but not for this method.',
    remedy: 'Use one of the methods in the `Allow` header.',
    retry: 'never',
  }),
  REQUEST_TOO_LARGE: problem({
    status: 413,
    title: 'The request is too large',
    cause: 'The body or the header section is over its limit.',
    remedy: 'Send less in one request.',
    retry: 'never',
  }),
  OVERLOADED: problem({
    status: 503,
    title: 'The service is at its limit',
    cause: 'More requests are in flight than this instance can serve in time.',
    remedy: 'Retry after the time in Retry-After, with jitter.',
    retry: 'after',
  }),
  QUEUE_TOO_LONG: problem({
    status: 503,
    title: 'The queue is longer than the deadline allows',
    cause: 'The estimated wait is beyond the deadline of the request.',
    remedy: 'Retry after the time in Retry-After, or ask with `Prefer: respond-async`.',
    retry: 'after',
  }),
  QUEUE_UNAVAILABLE: problem({
    status: 503,
    title: 'New work cannot be accepted now',
    cause: 'The message broker did not acknowledge the job, so nothing was promised.',
    remedy: 'Retry after the time in Retry-After. Operators: see the TopicsReady condition of the TagService.',
    retry: 'after',
  }),
  STORE_UNAVAILABLE: problem({
    status: 503,
    title: 'Results cannot be read or kept now',
    cause: 'Redis does not answer. Without it no result can be made durable.',
    remedy: 'Retry after the time in Retry-After. Operators: see the RedisReady condition of the TagService.',
    retry: 'after',
  }),
  SHUTTING_DOWN: problem({
    status: 503,
    title: 'This instance is stopping',
    cause: 'The instance is being replaced and finishes only what it has begun.',
    remedy: 'Retry at once on a new connection.',
    retry: 'now',
  }),
  INTERNAL: problem({
    status: 500,
    title: 'The service failed',
    cause: 'A defect. The details are in the log under the trace id of the answer.',
    remedy: 'Retry once; if it persists, report the trace id.',
    retry: 'after',
  }),
} as const satisfies Record<string, ProblemDefinition>;
