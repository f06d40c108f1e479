import { Deadline } from '../deadline.ts';
import { readBody } from '../body.ts';
import type { Hop } from '../hop.ts';
import { joined, single } from '../headers.ts';
import { travel } from '../journey.ts';
import type { Journey } from '../journey.ts';
import { FetchFailure } from '../result.ts';
import { ROBOTS_MAX_BYTES, parseRobots, productTokenOf } from './rules.ts';
import type { RobotsRules } from './rules.ts';

/** What a fetch of robots.txt goes by; the deadline is its own, since others may wait for the same file. */
export type RobotsJourney = Omit<Journey, 'deadline' | 'maxBytes'>;

export interface RobotsFilesOptions {
  /** Most files that are remembered, and most memory that they take, in bytes. */
  readonly most?: { readonly files: number; readonly bytes: number };
  /** Milliseconds since 1970. */
  readonly now?: () => number;
}

interface Kept {
  readonly rules: RobotsRules;
  readonly until: number;
}

/** `unreachable`: nobody knows what the site wants, so nothing may be fetched. */
type Found = { readonly rules: RobotsRules; readonly maxAgeMs: number } | { readonly unreachable: FetchFailure };

const LONGEST_MS = 86_400_000;
const SHORTEST_MS = 300_000;
/** A site whose file cannot be read is asked again after this. */
const UNREACHABLE_MS = 5_000;
/** An old file counts for so long while the site does not give a newer one (RFC 9309, section 2.3.1.4, names 30 days). */
const STALE_MS = 30 * 86_400_000;
const MOST_REDIRECTS = 5;
const ENTRY_BYTES = 200;
const unrestricted: RobotsRules = { allows: () => true, bytes: 0 };

/**
 * Remembers the robots.txt of each origin for a day at most, bounded in number and bytes, and fetches each once at a time. A file that does
 * not exist (4xx) allows everything; one that cannot be read forbids everything, unless an older one is known.
 */
export class RobotsFiles {
  private readonly kept = new Map<string, Kept>();
  private readonly underWay = new Map<string, Promise<RobotsRules>>();
  private readonly failed = new Map<string, { readonly failure: FetchFailure; readonly until: number }>();
  private readonly most: { readonly files: number; readonly bytes: number };
  private readonly now: () => number;
  private bytes = 0;

  constructor({ most = { files: 10_000, bytes: 16 * 1024 * 1024 }, now = Date.now }: RobotsFilesOptions = {}) {
    this.most = most;
    this.now = now;
  }

  /** What is remembered now. */
  get size(): { readonly files: number; readonly bytes: number } {
    return { files: this.kept.size, bytes: this.bytes };
  }

  /** @throws FetchFailure where the site does not want the URL to be fetched, or where it cannot say */
  async permit(url: URL, journey: RobotsJourney): Promise<void> {
    const rules = await this.rulesOf(url, journey);
    if (rules.allows(`${url.pathname}${url.search}`)) return;
    throw new FetchFailure('FETCH_ROBOTS', 'The robots.txt of the host does not allow the page to be fetched.', {
      reason: 'disallowed',
    });
  }

  private async rulesOf(url: URL, journey: RobotsJourney): Promise<RobotsRules> {
    const key = `${productTokenOf(journey.userAgent).toLowerCase()} ${url.origin}`;
    const known = this.kept.get(key);
    if (known !== undefined && this.now() < known.until) return this.touch(key, known).rules;
    const failed = this.failed.get(key);
    if (failed !== undefined && this.now() < failed.until) return orStale(known, failed.failure, this.now());
    const running = this.underWay.get(key);
    if (running !== undefined) return running;
    const fetching = this.refresh(key, url.origin, journey).finally(() => this.underWay.delete(key));
    this.underWay.set(key, fetching);
    return fetching;
  }

  private async refresh(key: string, origin: string, journey: RobotsJourney): Promise<RobotsRules> {
    const found = await fetchRobots(origin, journey);
    if ('unreachable' in found) {
      this.failed.set(key, { failure: found.unreachable, until: this.now() + UNREACHABLE_MS });
      forgetFirst(this.failed, this.most.files);
      return orStale(this.kept.get(key), found.unreachable, this.now());
    }
    this.failed.delete(key);
    this.remember(key, { rules: found.rules, until: this.now() + found.maxAgeMs });
    return found.rules;
  }

  private remember(key: string, entry: Kept): void {
    this.forget(key);
    this.kept.set(key, entry);
    this.bytes += sizeOf(key, entry);
    while (this.kept.size > this.most.files || this.bytes > this.most.bytes) {
      const [eldest] = this.kept.keys();
      if (eldest === undefined) return;
      this.forget(eldest);
    }
  }

  /** The least recently used goes first. */
  private touch(key: string, entry: Kept): Kept {
    this.kept.delete(key);
    this.kept.set(key, entry);
    return entry;
  }

  private forget(key: string): void {
    const entry = this.kept.get(key);
    if (entry === undefined) return;
    this.kept.delete(key);
    this.bytes -= sizeOf(key, entry);
  }
}

function sizeOf(key: string, { rules }: Kept): number {
  return ENTRY_BYTES + 2 * key.length + rules.bytes;
}

function forgetFirst(map: Map<string, unknown>, most: number): void {
  const [first] = map.keys();
  if (map.size > most && first !== undefined) map.delete(first);
}

function orStale(known: Kept | undefined, failure: FetchFailure, now: number): RobotsRules {
  if (known !== undefined && now < known.until + STALE_MS) return known.rules;
  throw failure;
}

async function fetchRobots(origin: string, journey: RobotsJourney): Promise<Found> {
  const deadline = new Deadline(journey.timeoutMs);
  try {
    return await travel(
      `${origin}/robots.txt`,
      { ...journey, deadline, maxBytes: ROBOTS_MAX_BYTES },
      { mostRedirects: MOST_REDIRECTS, accept: 'text/plain,*/*;q=0.1', read: (hop) => readRobots(hop, journey) },
    );
  } catch (error) {
    return foundByFailure(error, deadline.signal.aborted);
  } finally {
    deadline.end();
  }
}

async function readRobots({ response }: Hop, journey: RobotsJourney): Promise<Found> {
  const { statusCode, headers } = response;
  if (statusCode >= 400 && statusCode < 500)
    return { rules: unrestricted, maxAgeMs: maxAgeMs(single(headers, 'cache-control')) };
  if (statusCode >= 300) return { unreachable: unreachable(String(statusCode)) };
  const encoding = joined(headers, 'content-encoding');
  const { bytes, truncated } = await readBody(response.body, encoding, { maxBytes: ROBOTS_MAX_BYTES });
  const text = new TextDecoder('utf-8').decode(bytes);
  // Half a rule could forbid, or allow, more than the whole.
  const whole = truncated ? text.slice(0, Math.max(0, text.search(/[\r\n][^\r\n]*$/))) : text;
  const rules = parseRobots(whole, productTokenOf(journey.userAgent));
  return { rules, maxAgeMs: maxAgeMs(single(headers, 'cache-control')) };
}

/** Between five minutes and a day: as the site says, else a day. */
function maxAgeMs(cacheControl: string | undefined): number {
  const seconds = /(?:^|[\s,])max-age=(\d{1,10})/i.exec(cacheControl ?? '')?.[1];
  const wanted = /no-(store|cache)/i.test(cacheControl ?? '') ? 0 : Number(seconds ?? LONGEST_MS) * 1000;
  return Math.min(LONGEST_MS, Math.max(SHORTEST_MS, wanted));
}

/** Who redirects too often has no file (section 2.3.1.2). A host that cannot be reached at all, or not now, tells so itself. */
function foundByFailure(error: unknown, late: boolean): Found {
  if (!(error instanceof FetchFailure)) {
    if (!late) throw error;
    return { unreachable: unreachable('timeout') };
  }
  if (error.code === 'FETCH_REDIRECT' && error.notes.reason === 'count') {
    return { rules: unrestricted, maxAgeMs: LONGEST_MS };
  }
  if (error.code === 'FETCH_HOST_BUSY' || error.code === 'FETCH_DNS') throw error;
  return { unreachable: unreachable(error.notes.reason) };
}

function unreachable(reason: string): FetchFailure {
  return new FetchFailure(
    'FETCH_ROBOTS',
    'The robots.txt of the host cannot be read, so nothing may be fetched from it.',
    {
      reason: `unreachable ${reason}`,
      retriable: true,
    },
  );
}
