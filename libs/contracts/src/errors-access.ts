import type { ProblemDefinition } from './problem.ts';

function problem<const D extends Omit<ProblemDefinition, 'surface'>>(definition: D): D & { readonly surface: 'http' } {
  return { surface: 'http', ...definition };
}

/** Problems about who asks, and how much. */
export const accessProblems = {
  TOKEN_MISSING: problem({
    status: 401,
    title: 'A token is needed',
    cause: 'The request has no `Authorization` header, and this route is not open.',
    remedy: 'Send `Authorization: Bearer <token>` with a token of the issuer that this service trusts.',
    retry: 'never',
  }),
  TOKEN_INVALID: problem({
    status: 401,
    title: 'The token is not valid',
    cause:
      'The token is malformed, expired, not valid yet, signed by an unknown key or with another algorithm, or meant for another audience.',
    remedy: 'Get a new token; `detail` and `WWW-Authenticate` say what is wrong with this one.',
    retry: 'never',
  }),
  SCOPE_MISSING: problem({
    status: 403,
    title: 'The token does not allow this',
    cause: 'The token is valid and lacks the scope that the route needs.',
    remedy: 'Get a token with the scope that `WWW-Authenticate` names.',
    retry: 'never',
  }),
  QUOTA_EXCEEDED: problem({
    status: 429,
    title: 'The quota of the tenant is used up',
    cause: 'The tenant has sent more requests than `RateLimit-Policy` allows, counted over all instances.',
    remedy: 'Send the next request after the time in Retry-After, and spread requests evenly from then on.',
    retry: 'after',
  }),
  RETRIES_EXHAUSTED: problem({
    status: 503,
    title: 'Too many requests are repeats',
    cause: 'The service refuses requests now, and more of them are repeats of refused ones than can end well.',
    remedy: 'Retry after the time in Retry-After, at most twice for one request.',
    retry: 'after',
  }),
  REDUCED: problem({
    status: 503,
    title: 'The service is set to answer only a part of all requests',
    cause: 'Those who run the service let only a percentage of requests through, to spare something behind it.',
    remedy: 'Retry after the time in Retry-After. Operators: see `api.throttle` of the TagService.',
    retry: 'after',
  }),
  FEATURE_OFF: problem({
    status: 404,
    title: 'This part of the service is switched off',
    cause: 'The path exists, and those who run the service have switched it off.',
    remedy: 'Do without it. Operators: see `api.features` of the TagService.',
    retry: 'never',
  }),
  KEYS_UNAVAILABLE: problem({
    status: 503,
    title: 'Tokens cannot be verified now',
    cause: 'This instance has not been able to read the keys that tokens are verified with.',
    remedy: 'Retry after the time in Retry-After. Operators: see `api.auth` of the TagService and the log of the API.',
    retry: 'after',
  }),
} as const satisfies Record<string, ProblemDefinition>;
