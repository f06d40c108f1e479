import type { ProblemDefinition } from './problem.ts';

type Entry = Omit<ProblemDefinition, 'surface' | 'status'>;

/** A reason of a failed job: the answer that reports it is a 422 when the page is at fault, else a 502. */
function job<const D extends Entry, const S extends number>(
  status: S,
  definition: D,
): D & { readonly surface: 'job'; readonly status: S } {
  return { surface: 'job', status, ...definition };
}

/** A reason of a dead letter: a message that no retry can help. */
function message<const D extends Entry>(definition: D): D & { readonly surface: 'message'; readonly status: 422 } {
  return { surface: 'message', status: 422, ...definition };
}

/** Reasons of failed jobs and of dead letters. */
export const jobProblems = {
  FETCH_REFUSED: job(422, {
    title: 'The address of the page is not allowed',
    cause: 'The host leads to a private, local or reserved address, or the port is not 80 or 443.',
    remedy: 'Use a public page. Operators: declare private networks in spec.compute.fetch.allowedNetworks.',
    retry: 'never',
  }),
  FETCH_DNS: job(502, {
    title: 'The host name of the page does not resolve',
    cause: 'DNS has no address for the host, or did not answer.',
    remedy: 'Check the spelling of the host name.',
    retry: 'later',
  }),
  FETCH_CONNECT: job(502, {
    title: 'The host of the page cannot be reached',
    cause: 'The connection was refused, reset or failed.',
    remedy: 'Try again when the page can be opened in a browser.',
    retry: 'later',
  }),
  FETCH_TLS: job(502, {
    title: 'The certificate of the page is not trusted',
    cause: 'The TLS handshake failed: expired, self-signed or for another host.',
    remedy: 'The owner of the page must repair its certificate.',
    retry: 'later',
  }),
  FETCH_TIMEOUT: job(502, {
    title: 'The page took too long',
    cause: 'The page was not complete within spec.compute.fetch.timeout.',
    remedy: 'Try again later.',
    retry: 'later',
  }),
  FETCH_STATUS: job(502, {
    title: 'The page answered with an error',
    cause: 'The host answered with an HTTP status other than 2xx.',
    remedy: 'Check that the page opens without a login.',
    retry: 'later',
  }),
  FETCH_REDIRECT: job(422, {
    title: 'The page redirects too often or to a place that is not allowed',
    cause: 'More than the allowed redirects, a redirect loop, or one to another scheme.',
    remedy: 'Use the final address of the page.',
    retry: 'never',
  }),
  FETCH_TOO_LARGE: job(422, {
    title: 'The page is too large',
    cause:
      'The header is over its limit, the body is compressed far beyond any text, or far more was sent than a page of spec.compute.fetch.bodyBytes needs. A page that is merely longer is tagged by its beginning.',
    remedy: 'The owner of the page must send it as other pages are sent.',
    retry: 'never',
  }),
  FETCH_CONTENT_TYPE: job(422, {
    title: 'The address is not an HTML page',
    cause: 'The content type of the answer is not HTML or XHTML.',
    remedy: 'Use the address of a page, not of a file.',
    retry: 'never',
  }),
  FETCH_ENCODING: job(422, {
    title: 'The page cannot be decoded',
    cause: 'The content encoding is unknown or damaged, or the HTTP answer is malformed.',
    remedy: 'The owner of the page must repair its answer.',
    retry: 'later',
  }),
  FETCH_ROBOTS: job(422, {
    title: 'The site does not want the page to be fetched',
    cause:
      'The robots.txt of the host does not allow it, or cannot be read, so that nobody knows what the site allows.',
    remedy: 'Ask the owner of the site. Operators: spec.compute.fetch.robots decides whether robots.txt is respected.',
    retry: 'later',
  }),
  FETCH_HOST_BUSY: job(502, {
    title: 'The host of the page may not be asked now',
    cause:
      'It gets as many requests as spec.compute.fetch allows, has asked in Retry-After to be left alone, or has failed too often just now.',
    remedy: 'Ask again later. Operators: see perHostConcurrency and perHostInterval of spec.compute.fetch.',
    retry: 'later',
  }),
  SITEMAP_INVALID: job(422, {
    title: 'There is no sitemap at the address',
    cause: 'What was found there is neither a sitemap in XML nor a list of addresses.',
    remedy: 'Use the address that the robots.txt of the site names as `Sitemap`.',
    retry: 'never',
  }),
  PAGE_EMPTY: job(422, {
    title: 'The page holds no text to tag',
    cause: 'After removal of navigation and scripts nothing readable is left, as on pages that only scripts fill.',
    remedy: 'Use a page whose HTML carries its text.',
    retry: 'never',
  }),
  PAGE_TOO_COMPLEX: job(422, {
    title: 'The page is too complex to tag',
    cause: 'Reading the page took more time or memory than one page may cost.',
    remedy: 'Use a simpler page.',
    retry: 'never',
  }),
  ATTEMPTS_EXHAUSTED: job(502, {
    title: 'The page could not be tagged in the allowed attempts',
    cause: 'Every attempt of spec.compute.attempts ended without a result, for example because the worker died.',
    remedy: 'Ask again later. Operators: the dead-letter topic holds the job with its reasons.',
    retry: 'later',
  }),
  JOB_EXPIRED: job(502, {
    title: 'The job waited longer than its answer is wanted',
    cause: 'The queue was longer than the deadline of the job.',
    remedy: 'Ask again.',
    retry: 'after',
  }),
  MESSAGE_EMPTY: message({
    title: 'The message has no content',
    cause: 'The value is empty or a tombstone.',
    remedy: 'Find the producer by the headers of the dead letter.',
    retry: 'never',
  }),
  MESSAGE_TOO_LARGE: message({
    title: 'The message is too large',
    cause: 'The value is over the limit for its kind.',
    remedy: 'Find the producer by the headers of the dead letter.',
    retry: 'never',
  }),
  MESSAGE_NOT_JSON: message({
    title: 'The message is not JSON',
    cause: 'The value is truncated, damaged or of another format.',
    remedy: 'Find the producer by the headers of the dead letter.',
    retry: 'never',
  }),
  MESSAGE_VERSION: message({
    title: 'The message has an unknown version',
    cause: 'It was written by a version of the service that this one does not know.',
    remedy: 'Upgrade the compute Deployment, then replay the dead letter.',
    retry: 'later',
  }),
  MESSAGE_SHAPE: message({
    title: 'The message has the wrong shape',
    cause: 'A field is missing, of the wrong type or contradicts another.',
    remedy: 'Find the producer by the headers of the dead letter.',
    retry: 'never',
  }),
} as const satisfies Record<string, ProblemDefinition>;
