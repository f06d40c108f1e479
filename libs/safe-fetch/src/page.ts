import type { IncomingHttpHeaders } from 'node:http';
import { readBody } from './body.ts';
import { decodeText, parseContentType } from './charset.ts';
import type { Hop } from './hop.ts';
import { joined, listed, single } from './headers.ts';
import { FetchFailure } from './result.ts';
import type { FetchUnchanged, FetchedPage } from './result.ts';
import type { FetchOptions } from './options.ts';
import { retryAfterMs } from './turn-outcome.ts';
import { conditionsFor, validatorsOf } from './validators.ts';

const pageTypes = new Set(['text/html', 'application/xhtml+xml', 'text/plain']);

type PageOptions = Pick<FetchOptions, 'maxBytes' | 'ifChanged'>;

/** Reads the answer at the end of the way as a page. @throws FetchFailure */
export async function readPage(
  { response }: Hop,
  url: URL,
  options: PageOptions,
): Promise<FetchedPage | FetchUnchanged> {
  const { statusCode, headers } = response;
  if (statusCode === 304 && Object.keys(conditionsFor(url, options.ifChanged)).length > 0) {
    return { ok: false, unchanged: true };
  }
  if (statusCode !== 200 && statusCode !== 203) throw statusFailure(response);
  checkTransfer(joined(headers, 'transfer-encoding'));
  // Two different types are two claims; what is both is not what was asked for.
  const { type, charset } = parseContentType([...new Set(listed(headers, 'content-type'))].join(', '));
  if (type !== '' && !pageTypes.has(type)) throw notAPage(type);
  const { bytes, truncated } = await readBody(response.body, joined(headers, 'content-encoding'), options);
  const html = decodeText(bytes, charset, truncated);
  if (type === '') checkBeginning(html);
  const validators = validatorsOf(headers);
  return {
    ok: true,
    status: statusCode,
    finalUrl: url.href,
    contentType: type === '' ? 'text/html' : type,
    html,
    bytes: bytes.length,
    truncated,
    ...(validators !== undefined && { validators }),
  };
}

/** Without a type, only what begins like a page is one. */
function checkBeginning(html: string): void {
  if (!/^\s*</.test(html)) throw notAPage('none');
}

/** The parser takes several codings as one; two layers of chunks are a way to smuggle. */
function checkTransfer(coding: string): void {
  if (coding === '' || coding.trim().toLowerCase() === 'chunked') return;
  throw new FetchFailure('FETCH_ENCODING', 'The answer of the host is not valid HTTP.', { reason: 'transfer' });
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
  return new FetchFailure('FETCH_STATUS', `The host answered with status ${String(status)}.`, {
    reason: String(status),
    retriable: retriableStatus.has(status),
    retryAfterMs: retryAfterMs(single(response.headers, 'retry-after'), Date.now()),
  });
}
