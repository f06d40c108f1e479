import { setImmediate as nextTurn } from 'node:timers/promises';
import { Parser } from 'htmlparser2';

/** What a sitemap says, in its order: pages, or further sitemaps (sitemaps.org, protocol 0.9). */
export interface Sitemap {
  readonly kind: 'pages' | 'index';
  /** As they are written there. */
  readonly locations: readonly string[];
}

/** It is neither a sitemap in XML nor a list of addresses. */
export class NoSitemap extends Error {
  override readonly name = 'NoSitemap';
}

/** Between two pieces of this size others have their turn. */
const PIECE = 65_536;
/** Longer than any address that could be used. */
const LONGEST_LOCATION = 8_192;
/** Entries have extensions, and those have parts; what is nested deeper is no sitemap. */
const DEEPEST = 32;

/**
 * Reads a sitemap as far as it goes: one that was cut off, or that is not well-formed, has the entries before that place. XML is read as
 * a stream of tags; entities of its own and external ones have no meaning. Answers at most `most` locations.
 *
 * @throws NoSitemap
 */
export async function parseSitemap(text: string, most: number): Promise<Sitemap> {
  const content = text.trimStart();
  return content.startsWith('<') ? readXml(content, most) : readLines(content, most);
}

async function readXml(text: string, most: number): Promise<Sitemap> {
  const reading = new Reading(most);
  const parser = new Parser(reading, { xmlMode: true });
  for (let at = 0; at < text.length && !reading.ended; at += PIECE) {
    parser.write(text.slice(at, at + PIECE));
    await nextTurn();
  }
  return reading.sitemap();
}

/** Goes by where an element stands and not only by its name: an image of a page has a `loc`, too. */
class Reading {
  readonly locations: string[] = [];
  private depth = 0;
  /** The element below the outermost one. */
  private entry = '';
  private root: Root | undefined;
  private location: string | undefined;
  private readonly most: number;

  constructor(most: number) {
    this.most = most;
  }

  /** There are as many as may be, or there will never be any. The parser pays for depth more than once. */
  get ended(): boolean {
    const isSomethingElse = this.depth > 0 && this.root === undefined;
    return this.locations.length >= this.most || isSomethingElse || this.depth > DEEPEST;
  }

  sitemap(): Sitemap {
    if (this.root !== undefined) return { kind: this.root.kind, locations: this.locations };
    throw new NoSitemap('Its outermost element is neither <urlset> nor <sitemapindex>.');
  }

  onopentagname(name: string): void {
    this.depth += 1;
    if (this.depth === 1) this.root = rootOf(name);
    if (this.depth === 2) this.entry = name;
    if (this.depth === 3 && this.entry === this.root?.entry && name === this.root.leaf) this.location = '';
  }

  ontext(text: string): void {
    if (this.location !== undefined && this.location.length < LONGEST_LOCATION) this.location += text;
  }

  onclosetag(): void {
    if (this.depth === 3) this.keep();
    this.depth -= 1;
  }

  private keep(): void {
    const location = this.location?.trim() ?? '';
    this.location = undefined;
    if (location !== '' && this.locations.length < this.most) this.locations.push(location);
  }
}

/** Names of the elements below an outermost one: with its prefix, where it has one. */
interface Root {
  readonly kind: Sitemap['kind'];
  readonly entry: string;
  readonly leaf: string;
}

function rootOf(name: string): Root | undefined {
  const [, prefix = '', kind] = /^([^:]{0,64}:)?(urlset|sitemapindex)$/.exec(name) ?? [];
  if (kind === undefined) return undefined;
  const leaf = `${prefix}loc`;
  return kind === 'urlset'
    ? { kind: 'pages', entry: `${prefix}url`, leaf }
    : { kind: 'index', entry: `${prefix}sitemap`, leaf };
}

/** The simplest sitemap: an address a line. */
function readLines(text: string, most: number): Sitemap {
  const locations: string[] = [];
  for (let at = 0; at < text.length && locations.length < most;) {
    const end = text.indexOf('\n', at);
    const next = end < 0 ? text.length : end;
    const line = text.slice(at, next).trim();
    if (line !== '') locations.push(line.slice(0, LONGEST_LOCATION));
    at = next + 1;
  }
  if (!locations.some((line) => /^https?:\/\//i.test(line)))
    throw new NoSitemap('It is no XML, and no line of it is an address.');
  return { kind: 'pages', locations };
}
