import type { IncomingHttpHeaders } from 'node:http';
import { Readable } from 'node:stream';
import { readBody } from './body.ts';
import type { Body } from './body.ts';
import { decodeText, parseContentType } from './charset.ts';
import type { Hop } from './hop.ts';
import { joined, listed, single } from './headers.ts';
import { FetchFailure } from './result.ts';
import type { FetchUnchanged, FetchedPage } from './result.ts';
import type { FetchOptions } from './options.ts';
import { retryAfterMs } from './turn-outcome.ts';
import { conditionsFor, validatorsOf } from './validators.ts';

interface WantedTypes {
  readonly accept: string;
  readonly types: ReadonlySet<string>;
  /** For the message. */
  readonly name: string;
  /** A file of one of these types is compressed itself, whatever the transfer was. */
  readonly packed: ReadonlySet<string>;
}

const wantedTypesOf: Readonly<Record<NonNullable<FetchOptions['wanted']>, WantedTypes>> = {
  page: {
    accept: 'text/html,application/xhtml+xml,text/plain;q=0.8',
    types: new Set(['text/html', 'application/xhtml+xml', 'text/plain']),
    name: 'HTML',
    packed: new Set(),
  },
  sitemap: {
    accept: 'application/xml,text/xml,text/plain;q=0.8,application/gzip;q=0.8',
    types: new Set(['application/xml', 'text/xml', 'text/plain', 'application/gzip', 'application/x-gzip']),
    name: 'a sitemap',
    packed: new Set(['application/gzip', 'application/x-gzip']),
  },
};

/** What is asked for, and taken. */
export function wantedTypes(wanted: FetchOptions['wanted'] = 'page'): WantedTypes {
  return wantedTypesOf[wanted];
}

type PageOptions = Pick<FetchOptions, 'maxBytes' | 'ifChanged' | 'wanted'>;

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
  const wanted = wantedTypes(options.wanted);
  if (type !== '' && !wanted.types.has(type)) throw notWanted(type, wanted);
  const sent = await readBody(response.body, joined(headers, 'content-encoding'), options);
  const { bytes, truncated } = await unpacked(sent, wanted.packed.has(type), options);
  const html = decodeText(bytes, charset, truncated);
  checkBeginning(type, html, wanted);
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
function checkBeginning(type: string, html: string, wanted: WantedTypes): void {
  if (type === '' && !/^\s*</.test(html)) throw notWanted('none', wanted);
}

/** Within the same limits as what is unpacked on the way. */
async function unpacked(body: Body, isPacked: boolean, options: PageOptions): Promise<Body> {
  if (!isPacked) return body;
  if (!body.truncated) return readBody(Readable.from([body.bytes]), 'gzip', options);
  throw new FetchFailure('FETCH_TOO_LARGE', 'The compressed file is longer than what is in it may be.', {
    reason: 'packed',
  });
}

/** The parser takes several codings as one; two layers of chunks are a way to smuggle. */
function checkTransfer(coding: string): void {
  if (coding === '' || coding.trim().toLowerCase() === 'chunked') return;
  throw new FetchFailure('FETCH_ENCODING', 'The answer of the host is not valid HTTP.', { reason: 'transfer' });
}

function notWanted(type: string, { name }: WantedTypes): FetchFailure {
  const named = type === 'none' ? 'no content type' : `the content type ${type.slice(0, 100)}`;
  return new FetchFailure('FETCH_CONTENT_TYPE', `The answer has ${named}; ${name} is wanted.`, {
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
