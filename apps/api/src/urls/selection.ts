import { createHash } from 'node:crypto';
import type { TagUrls } from '@tagservice/tag-store';

/** An entry of the list of a tag. */
export type Entry = TagUrls['urls'][number];

/** What has been given out: how many of each host, and which pages. Digests, because a cursor carries them. */
export interface Seen {
  readonly hosts: ReadonlyMap<string, number>;
  readonly pages: ReadonlySet<string>;
}

export const NOTHING_SEEN: Seen = { hosts: new Map(), pages: new Set() };

/** So many hosts and pages are remembered, the latest: about a kilobyte of cursor. What was given out before that may come again. */
export const REMEMBERED = 64;

/** 40 bits in hexadecimal: among a few thousand entries no two are the same by chance. */
export const DIGEST_LENGTH = 10;

/** Pages with the same title and at least this share of their tags in common are one page twice. */
const ALIKE = 0.6;
/** So many of the best tags tell, beside the title, pages of a site that all have the same title from one another. */
const TELLING_TAGS = 3;

/**
 * Chooses from entries, best first: at most so many of one host, and of pages that are nearly the same only the first. Nearly the same are
 * addresses that differ in scheme or `www.` only, an address and the one that its page names as its own, and pages of the same title
 * and mostly the same tags.
 */
export class Selection {
  private readonly hosts: Map<string, number>;
  private readonly pages: Set<string>;
  private readonly chosen: Entry[] = [];

  constructor(
    private readonly perHost: number,
    seen: Seen = NOTHING_SEEN,
  ) {
    this.hosts = new Map(seen.hosts);
    this.pages = new Set(seen.pages);
  }

  /** Whether the entry may be shown; nothing changes. */
  admits(entry: Entry): boolean {
    if ((this.hosts.get(digest(hostOf(entry.url))) ?? 0) >= this.perHost) return false;
    if (identitiesOf(entry).some((identity) => this.pages.has(identity))) return false;
    return !this.chosen.some((other) => nearlySame(entry, other));
  }

  /** Chooses the entry. */
  take(entry: Entry): void {
    const host = digest(hostOf(entry.url));
    const count = (this.hosts.get(host) ?? 0) + 1;
    this.hosts.delete(host);
    this.hosts.set(host, count);
    this.exclude(entry);
  }

  /** Lets no page that is nearly the same be chosen, without choosing this one. */
  exclude(entry: Entry): void {
    this.chosen.push(entry);
    for (const identity of identitiesOf(entry)) this.pages.add(identity);
  }

  /** What the next page of the list has to know. */
  seen(): Seen {
    return {
      hosts: new Map([...this.hosts].slice(-REMEMBERED)),
      pages: new Set([...this.pages].slice(-REMEMBERED)),
    };
  }
}

/** Host without `www.`: the two are one site to everybody but DNS. */
function hostOf(url: string): string {
  return (URL.parse(url)?.hostname ?? url).replace(/^www\./, '');
}

/** Digests by which a page is known again on a later page of the list. */
function identitiesOf({ url, canonical, title, tags }: Entry): string[] {
  const addresses = [url, ...(canonical === undefined ? [] : [canonical])].map(addressOf);
  const content = `${wordsOf(title)}\n${tags.slice(0, TELLING_TAGS).toSorted().join('\n')}`;
  return [...new Set(addresses), content].map(digest);
}

/** An address without what seldom matters: scheme, `www.`, a slash at the end. */
function addressOf(url: string): string {
  return url.replace(/^https?:\/\/(?:www\.)?/, '').replace(/\/$/, '');
}

function nearlySame(left: Entry, right: Entry): boolean {
  return wordsOf(left.title) === wordsOf(right.title) && overlap(left.tags, right.tags) >= ALIKE;
}

/** Jaccard's index. */
function overlap(left: readonly string[], right: readonly string[]): number {
  const ours = new Set(left);
  const both = right.filter((tag) => ours.has(tag)).length;
  const all = new Set([...left, ...right]).size;
  return all === 0 ? 1 : both / all;
}

function wordsOf(title: string): string {
  return title
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, DIGEST_LENGTH);
}
