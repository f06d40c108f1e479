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
  KEYS_UNAVAILABLE: problem({
    status: 503,
    title: 'Tokens cannot be verified now',
    cause: 'This instance has not been able to read the keys that tokens are verified with.',
    remedy: 'Retry after the time in Retry-After. Operators: see `api.auth` of the TagService and the log of the API.',
    retry: 'after',
  }),
} as const satisfies Record<string, ProblemDefinition>;
