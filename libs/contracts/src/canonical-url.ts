import { createHash } from 'node:crypto';
import type { UrlProblemCode } from './errors.ts';
import { isTrackingParameter } from './tracking-parameters.ts';

/** Longest address that is accepted, before and after canonicalisation, in characters. Longer ones are refused by many servers. */
export const URL_MAX_LENGTH = 2048;

const HOST_MAX_LENGTH = 253;
const LABEL_MAX_LENGTH = 63;

/** The outcome of {@link canonicalUrl}: the one spelling of the address and its hash, or what is wrong with it and how to fix it. */
export type CanonicalUrl =
  | { readonly ok: true; readonly url: string; readonly hash: string }
  | { readonly ok: false; readonly problem: UrlProblemCode; readonly detail: string };

type Refusal = Extract<CanonicalUrl, { ok: false }>;

/**
 * The one spelling under which a page is known. WHATWG parsing, http and https only, no credentials, fragment and default
 * port removed, host in lower-case punycode without a trailing dot, tracking parameters removed, the others sorted by name
 * (stable for repeated names), an empty path becomes `/`, percent-encoding in its one spelling. Never throws; idempotent: a canonical address maps to itself.
 *
 * It says nothing about where the host leads: refusing private addresses is the fetcher's task, at the time of the fetch.
 */
export function canonicalUrl(input: string): CanonicalUrl {
  const trimmed = typeof input === 'string' ? input.trim() : '';
  const refused = refuseRaw(trimmed);
  if (refused !== undefined) return refused;
  const url = URL.parse(trimmed);
  if (url === null) return refuse('URL_MALFORMED', unparsable(trimmed));
  const problem = refuseParts(url, trimmed);
  if (problem !== undefined) return problem;
  normalise(url);
  const href = url.href;
  if (href.length > URL_MAX_LENGTH) return tooLong(href.length);
  return { ok: true, url: href, hash: urlHash(href) };
}

/** Names a canonical address in keys and topics: the first 128 bits of its SHA-256, as 32 hexadecimal digits. */
export function urlHash(canonical: string): string {
  return createHash('sha256').update(canonical).digest('hex').slice(0, 32);
}

function refuseRaw(input: string): Refusal | undefined {
  if (input === '') return refuse('URL_MISSING', 'No URL was given. Pass one as ?url=https%3A%2F%2Fexample.org%2F.');
  if (input.length > URL_MAX_LENGTH) return tooLong(input.length);
  // WHATWG parsing silently drops tabs and line breaks: what a log or a reviewer saw would not be what is fetched.
  if (hasControlCharacter(input)) {
    return refuse(
      'URL_MALFORMED',
      'The URL contains a control character (such as a tab or line break). Remove or percent-encode it.',
    );
  }
  return undefined;
}

function refuseParts(url: URL, input: string): Refusal | undefined {
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    return refuse(
      'URL_SCHEME',
      `The scheme "${url.protocol.slice(0, 40)}" is not supported. Use http: or https:, written out in full.`,
    );
  }
  // `http:page` and `https:/page` are legal spellings of something that nobody means.
  if (!/^https?:\/\//i.test(input))
    return refuse('URL_MALFORMED', 'The scheme must be followed by "//", as in https://example.org/.');
  if (url.username !== '' || url.password !== '') {
    return refuse(
      'URL_CREDENTIALS',
      'The URL carries a user name or password. Remove the part before "@": pages are fetched without credentials.',
    );
  }
  return refuseHost(url.hostname);
}

function refuseHost(hostname: string): Refusal | undefined {
  if (hostname.startsWith('[')) return undefined;
  const host = hostname.endsWith('.') ? hostname.slice(0, -1) : hostname;
  if (host.length > HOST_MAX_LENGTH) {
    return refuse(
      'URL_HOST',
      `The host name has ${String(host.length)} characters; DNS allows ${String(HOST_MAX_LENGTH)}.`,
    );
  }
  const labels = host.split('.');
  if (labels.includes(''))
    return refuse('URL_HOST', 'The host name is empty or has an empty part between two dots. Check its spelling.');
  if (labels.some((label) => label.length > LABEL_MAX_LENGTH)) {
    return refuse(
      'URL_HOST',
      `A part of the host name is longer than the ${String(LABEL_MAX_LENGTH)} characters that DNS allows.`,
    );
  }
  return undefined;
}

function normalise(url: URL): void {
  url.hash = '';
  if (url.hostname.endsWith('.')) url.hostname = url.hostname.slice(0, -1);
  url.pathname = canonicalEscapes(url.pathname);
  const query = canonicalQuery(canonicalEscapes(url.search));
  // The setter takes one leading `?` away, which may be the query's own.
  url.search = query === '' ? '' : `?${query}`;
}

/**
 * Percent-encoding in its one spelling (RFC 3986 §6.2.2): capital digits, and letters, digits, `-._~` as themselves. All else stays as it
 * is: servers may tell `/` and `%2F` apart.
 */
function canonicalEscapes(text: string): string {
  return text.replace(/%[0-9a-f]{2}/gi, (escape) => {
    const character = String.fromCharCode(Number.parseInt(escape.slice(1), 16));
    return /[\w.~-]/.test(character) ? character : escape.toUpperCase();
  });
}

/** Works on the raw pairs: re-encoding them would merge spellings that servers may tell apart (`%20` and `+`). */
function canonicalQuery(search: string): string {
  const kept = search
    .slice(1)
    .split('&')
    .filter((pair) => pair !== '')
    .map((pair) => ({ pair, name: pair.split('=', 1)[0] ?? '' }))
    .filter(({ name }) => !isTrackingParameter(decodeLoosely(name)));
  kept.sort((left, right) => (left.name < right.name ? -1 : Number(left.name > right.name)));
  return kept.map(({ pair }) => pair).join('&');
}

function decodeLoosely(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}

function hasControlCharacter(text: string): boolean {
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code < 0x20 || code === 0x7f) return true;
  }
  return false;
}

function unparsable(input: string): string {
  return /^[a-z][a-z0-9+.-]*:/i.test(input)
    ? 'The URL cannot be parsed. Check the host name and the port.'
    : 'The URL has no scheme. Begin it with https:// or http://.';
}

function tooLong(length: number): Refusal {
  return refuse(
    'URL_TOO_LONG',
    `The URL has ${String(length)} characters; the limit is ${String(URL_MAX_LENGTH)}. Shorten its query.`,
  );
}

function refuse(problem: UrlProblemCode, detail: string): Refusal {
  return { ok: false, problem, detail };
}
