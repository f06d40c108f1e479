import type { IncomingHttpHeaders } from 'node:http';
import { parseNetworks } from './address.ts';
import type { Network } from './address.ts';
import { checkDeclaredLength, readBody } from './body.ts';
import { decodeText, parseContentType } from './charset.ts';
import { toFailure } from './failure.ts';
import { requestHop } from './hop.ts';
import type { Hop, HopOptions } from './hop.ts';
import { resolveHost } from './resolve.ts';
import type { Resolve } from './resolve.ts';
import { FetchFailure } from './result.ts';
import type { FetchResult, FetchedPage } from './result.ts';
import { checkTarget, parseTarget } from './target.ts';

export interface FetchOptions {
  /** For everything: name resolution, redirects, body. */
  readonly timeoutMs: number;
  /** Of the decoded body. */
  readonly maxBytes: number;
  readonly userAgent: string;
  /** Ranges (CIDR) that may be fetched from although they are not public, on any port. */
  readonly allowedNetworks: readonly string[];
  readonly signal?: AbortSignal;
}

/** Fetches one page and never throws: whatever the host does, the answer is a page or a coded failure. */
export type SafeFetch = (url: string, options: FetchOptions) => Promise<FetchResult>;

const MAX_REDIRECTS = 3;
const pageTypes = new Set(['text/html', 'application/xhtml+xml', 'text/plain']);

/** {@link safeFetch} with another name resolution. */
export function createSafeFetch(resolve: Resolve): SafeFetch {
  return async (url, options) => {
    const limit = AbortSignal.timeout(options.timeoutMs);
    const signal = options.signal === undefined ? limit : AbortSignal.any([limit, options.signal]);
    try {
      return await followRedirects(url, {
        ...options,
        signal,
        resolve,
        allowed: parseNetworks(options.allowedNetworks),
      });
    } catch (error) {
      return toFailure(error, signal).toResult();
    }
  };
}

/**
 * Fetches a page without being usable against the network it runs in: only http and https, only public addresses (all of a name's
 * addresses, judged before each hop and dialled exactly), at most 3 redirects and none from https to http, bounded time and size.
 */
export const safeFetch: SafeFetch = createSafeFetch(resolveHost);

interface Journey extends Omit<FetchOptions, 'signal'> {
  readonly signal: AbortSignal;
  readonly resolve: Resolve;
  readonly allowed: readonly Network[];
}

async function followRedirects(start: string, journey: Journey): Promise<FetchedPage> {
  let url = parseTarget(start);
  for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects += 1) {
    const target = await withLimit(checkTarget(url, journey), journey.signal);
    const hop = await requestHop(target, hopOptions(journey));
    try {
      const next = redirectOf(hop, url);
      if (next === undefined) return await readPage(hop, url, journey);
      url = next;
    } finally {
      // Not awaited: a body that was cut off must not hold up the answer.
      void hop.client.destroy();
    }
  }
  throw new FetchFailure('FETCH_REDIRECT', `The page redirects more than ${String(MAX_REDIRECTS)} times.`, {
    reason: 'count',
  });
}

function hopOptions(journey: Journey): HopOptions {
  return {
    userAgent: journey.userAgent,
    allowed: journey.allowed,
    headersTimeoutMs: Math.ceil(journey.timeoutMs / 2),
    idleTimeoutMs: Math.ceil(journey.timeoutMs / 4),
    signal: journey.signal,
  };
}

/** Name resolution cannot always be cancelled; the caller's time is over all the same. */
async function withLimit<Value>(work: Promise<Value>, signal: AbortSignal): Promise<Value> {
  const { promise, reject } = Promise.withResolvers<never>();
  const abort = () => {
    reject(signal.reason as Error);
  };
  if (signal.aborted) abort();
  signal.addEventListener('abort', abort);
  try {
    return await Promise.race([work, promise]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

function redirectOf({ response }: Hop, from: URL): URL | undefined {
  if (![301, 302, 303, 307, 308].includes(response.statusCode)) return undefined;
  const location = single(response.headers, 'location');
  const url = location === undefined ? null : URL.parse(location, from.href);
  if (location === undefined || url === null) {
    throw new FetchFailure('FETCH_REDIRECT', 'The page redirects to nowhere.', { reason: 'location' });
  }
  if (from.protocol === 'https:' && url.protocol === 'http:') {
    throw new FetchFailure('FETCH_REDIRECT', 'The page redirects from https to http.', { reason: 'downgrade' });
  }
  url.hash = '';
  return parseTarget(url.href);
}

async function readPage({ response }: Hop, url: URL, journey: Journey): Promise<FetchedPage> {
  if (response.statusCode !== 200 && response.statusCode !== 203) throw statusFailure(response);
  const { type, charset } = parseContentType(single(response.headers, 'content-type'));
  if (type !== '' && !pageTypes.has(type)) throw notAPage(type);
  checkDeclaredLength(single(response.headers, 'content-length'), journey);
  const body = await readBody(response.body, single(response.headers, 'content-encoding') ?? '', journey);
  const html = decodeText(body, charset);
  // Without a type, only what begins like a page is one.
  if (type === '' && !/^\s*</.test(html)) throw notAPage('none');
  return {
    ok: true,
    status: response.statusCode,
    finalUrl: url.href,
    contentType: type === '' ? 'text/html' : type,
    html,
    bytes: body.length,
  };
}

function notAPage(type: string): FetchFailure {
  const named = type === 'none' ? 'no content type' : `the content type ${type.slice(0, 100)}`;
  return new FetchFailure('FETCH_CONTENT_TYPE', `The answer has ${named}; HTML is wanted.`, {
    reason: type.slice(0, 100),
  });
}

const retriableStatus = new Set([408, 425, 429, 500, 502, 503, 504]);

function statusFailure(response: { readonly statusCode: number; readonly headers: IncomingHttpHeaders }): FetchFailure {
  const status = response.statusCode;
  const seconds = Number(single(response.headers, 'retry-after') ?? Number.NaN);
  return new FetchFailure('FETCH_STATUS', `The host answered with status ${String(status)}.`, {
    reason: String(status),
    retriable: retriableStatus.has(status),
    retryAfterMs: Number.isFinite(seconds) && seconds >= 0 ? seconds * 1000 : undefined,
  });
}

function single(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value[0] : value;
}
