import { errors } from 'undici';
import { NetworkError } from './address.ts';
import { FetchFailure } from './result.ts';
import type { FetchCode } from './result.ts';

interface Kind {
  readonly code: FetchCode;
  readonly detail: string;
  readonly retriable: boolean;
}

const timeout: Kind = { code: 'FETCH_TIMEOUT', detail: 'The page was not complete in time.', retriable: true };
const connect: Kind = { code: 'FETCH_CONNECT', detail: 'The connection to the host failed.', retriable: true };
const malformed: Kind = {
  code: 'FETCH_ENCODING',
  detail: 'The answer of the host is not valid HTTP.',
  retriable: false,
};
const tooLarge: Kind = { code: 'FETCH_TOO_LARGE', detail: 'The header of the answer is too large.', retriable: false };
const tls: Kind = { code: 'FETCH_TLS', detail: 'The host has no certificate that can be trusted.', retriable: false };

const kindOfUndici = new Map<string, Kind>([
  ['UND_ERR_CONNECT_TIMEOUT', timeout],
  ['UND_ERR_HEADERS_TIMEOUT', timeout],
  ['UND_ERR_BODY_TIMEOUT', timeout],
  ['UND_ERR_HEADERS_OVERFLOW', tooLarge],
  ['UND_ERR_RES_CONTENT_LENGTH_MISMATCH', malformed],
  ['UND_ERR_RES_EXCEEDED_MAX_SIZE', tooLarge],
  ['UND_ERR_SOCKET', connect],
]);

/** Turns whatever was thrown on the way into one of the codes. A wrong setting is ours, not the page's, and is passed on. */
export function toFailure(error: unknown, signal: AbortSignal): FetchFailure {
  if (error instanceof NetworkError) throw error;
  if (error instanceof FetchFailure) return error;
  const cause = rootOf(error);
  if (cause instanceof FetchFailure) return cause;
  const code = codeOf(cause);
  const kind = signal.aborted ? timeout : kindOf(cause, code);
  return new FetchFailure(kind.code, kind.detail, { reason: code, retriable: kind.retriable });
}

function kindOf(cause: unknown, code: string): Kind {
  const known = kindOfUndici.get(code);
  if (known !== undefined) return known;
  if (cause instanceof errors.HTTPParserError || code.startsWith('HPE_')) return malformed;
  if (/CERT|TLS|SSL|SIGNED|EPROTO|ISSUER|ALTNAME/.test(code)) return tls;
  return connect;
}

/** The innermost error: undici and happy eyeballs wrap what the socket said. */
function rootOf(error: unknown): unknown {
  let current = error;
  for (let depth = 0; depth < 5; depth += 1) {
    const inner = innerOf(current);
    if (inner === undefined) return current;
    current = inner;
  }
  return current;
}

function innerOf(error: unknown): unknown {
  if (error instanceof AggregateError && error.errors.length > 0) return error.errors[0] as unknown;
  return error instanceof Error && error.cause instanceof Error ? error.cause : undefined;
}

function codeOf(error: unknown): string {
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') return error.code;
  return error instanceof Error ? error.name : 'unknown';
}
