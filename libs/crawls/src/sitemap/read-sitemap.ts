import { canonicalUrl } from '@tagservice/contracts';
import type { JobError } from '@tagservice/contracts';
import { NoSitemap, parseSitemap } from './parse-sitemap.ts';

/** The text at an address, or why there is none. */
export type FetchText = (url: string) => Promise<FetchedText>;
export type FetchedText =
  | {
      readonly ok: true;
      readonly text: string;
      /** Where the redirects ended. */
      readonly url: string;
      /** The text is longer than it may be; this is its beginning. */
      readonly truncated: boolean;
    }
  | { readonly ok: false; readonly error: JobError; readonly retriable: boolean };

/** A page to be made. */
export interface SitemapPage {
  readonly url: string;
  readonly hash: string;
}

/** What a sitemap and those that it names come to. */
export interface SitemapPages {
  readonly pages: readonly SitemapPage[];
  /** Addresses that are no pages of this site: of another host, or such as are not tagged at all. */
  readonly refused: number;
  /** Sitemaps of an index that could not be read. */
  readonly unread: number;
  /** There is more than was read. */
  readonly truncated: boolean;
}

/** Why there are no pages. `retriable`: the cause is outside and may pass. */
export interface SitemapError {
  readonly error: JobError;
  readonly retriable: boolean;
}

/** Sitemaps of an index that are read. */
export const MOST_SITEMAPS = 100;

export interface ReadSitemapOptions {
  readonly fetchText: FetchText;
  /** Pages at most. */
  readonly most: number;
}

/**
 * Reads a sitemap, and where it is an index those that it names; an index in an index is not read, as the protocol has none. A sitemap speaks for its
 * own host alone. A page that is named twice, in whatever spelling, is one page.
 */
export async function readSitemap(
  url: string,
  { fetchText, most }: ReadSitemapOptions,
): Promise<SitemapPages | SitemapError> {
  const found = new Found(most);
  const first = await readOne(url, fetchText, most);
  if ('error' in first) return first;
  if (first.kind === 'pages') {
    found.add(first);
    return found.all();
  }
  // Even an index may name sitemaps of its own host only; elsewhere it could be used to have others asked.
  const own = first.locations.filter((location) => hostOf(location) === first.host);
  found.refused += first.locations.length - own.length;
  found.truncated ||= own.length > MOST_SITEMAPS || first.truncated;
  const failures = await readParts(own.slice(0, MOST_SITEMAPS), fetchText, found);
  const [failure] = failures;
  if (failure !== undefined && found.isEmpty) return failures.find(({ retriable }) => retriable) ?? failure;
  found.unread = failures.length;
  return found.all();
}

/** Answers why parts could not be read. Reads no more of them than are needed. */
async function readParts(
  locations: readonly string[],
  fetchText: FetchText,
  found: Found,
): Promise<readonly SitemapError[]> {
  const failures: SitemapError[] = [];
  for (const location of locations) {
    if (found.full) break;
    const part = await readOne(location, fetchText, found.left);
    if ('error' in part) failures.push(part);
    else if (part.kind === 'index') failures.push(notASitemap('An index of sitemaps names another index.'));
    else found.add(part);
  }
  return failures;
}

interface ReadPart {
  readonly kind: 'pages' | 'index';
  readonly locations: readonly string[];
  readonly host: string | undefined;
  readonly truncated: boolean;
}

/** What is not a page of the site counts as well: so many more are looked at than are wanted. */
const LOOKED_AT = 4;

async function readOne(url: string, fetchText: FetchText, most: number): Promise<ReadPart | SitemapError> {
  const fetched = await fetchText(url);
  if (!fetched.ok) return fetched;
  try {
    const looks = Math.max(MOST_SITEMAPS + 1, most * LOOKED_AT + 1);
    const { kind, locations } = await parseSitemap(fetched.text, looks);
    // Of what was cut off the last entry may be cut, too.
    const whole = fetched.truncated && kind === 'pages' ? locations.slice(0, -1) : locations;
    return {
      kind,
      locations: whole,
      host: hostOf(fetched.url),
      truncated: fetched.truncated || locations.length === looks,
    };
  } catch (error) {
    if (error instanceof NoSitemap) return notASitemap(error.message);
    throw error;
  }
}

function notASitemap(detail: string): SitemapError {
  return { error: { code: 'SITEMAP_INVALID', detail }, retriable: false };
}

class Found {
  refused = 0;
  unread = 0;
  truncated = false;
  private readonly pages = new Map<string, SitemapPage>();
  private readonly most: number;

  constructor(most: number) {
    this.most = most;
  }

  get left(): number {
    return this.most - this.pages.size;
  }

  get full(): boolean {
    return this.left <= 0;
  }

  get isEmpty(): boolean {
    return this.pages.size === 0;
  }

  add({ locations, host, truncated }: ReadPart): void {
    this.truncated ||= truncated;
    for (const location of locations) {
      const page = canonicalUrl(location);
      if (!page.ok || hostOf(page.url) !== host) this.refused += 1;
      else if (!this.full || this.pages.has(page.hash)) this.pages.set(page.hash, { url: page.url, hash: page.hash });
      else this.truncated = true;
    }
  }

  all(): SitemapPages {
    const { refused, unread, truncated } = this;
    return { pages: [...this.pages.values()], refused, unread, truncated };
  }
}

function hostOf(url: string): string | undefined {
  return URL.parse(url)?.host;
}
