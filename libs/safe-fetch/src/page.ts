import type { IncomingHttpHeaders } from 'node:http';
import { readBody } from './body.ts';
import { decodeText, parseContentType } from './charset.ts';
import type { Hop } from './hop.ts';
import { joined, listed, single } from './journey.ts';
import { FetchFailure } from './result.ts';
import type { FetchedPage } from './result.ts';
import { retryAfterMs } from './turn-outcome.ts';

const pageTypes = new Set(['text/html', 'application/xhtml+xml', 'text/plain']);

/** Reads the answer at the end of the way as a page. @throws FetchFailure */
export async function readPage(
  { response }: Hop,
  url: URL,
  limits: { readonly maxBytes: number },
): Promise<FetchedPage> {
  if (response.statusCode !== 200 && response.statusCode !== 203) throw statusFailure(response);
  checkTransfer(joined(response.headers, 'transfer-encoding'));
  // Two different types are two claims; what is both is not what was asked for.
  const { type, charset } = parseContentType([...new Set(listed(response.headers, 'content-type'))].join(', '));
  if (type !== '' && !pageTypes.has(type)) throw notAPage(type);
  const { bytes, truncated } = await readBody(response.body, joined(response.headers, 'content-encoding'), limits);
  const html = decodeText(bytes, charset, truncated);
  // Without a type, only what begins like a page is one.
  if (type === '' && !/^\s*</.test(html)) throw notAPage('none');
  return {
    ok: true,
    status: response.statusCode,
    finalUrl: url.href,
    contentType: type === '' ? 'text/html' : type,
    html,
    bytes: bytes.length,
    truncated,
  };
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
