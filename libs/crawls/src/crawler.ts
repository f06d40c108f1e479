import { canonicalUrl, crawlPeriodMs } from '@tagservice/contracts';
import type { CrawlDocument, CrawlPages, JobError } from '@tagservice/contracts';
import type { CanonicalPage, PageQueue } from '@tagservice/page-queue';
import type { Clock, Logger } from '@tagservice/service-kit';
import type { Crawls, TagStore } from '@tagservice/tag-store';
import type { DelayedMessage, MessageTimer } from '@tagservice/timers';
import { pageTurn, type PageOutcome } from './page-turn.ts';
import { readSitemap, type FetchText } from './sitemap/read-sitemap.ts';
import { readTurn, turnMessage } from './turn.ts';

export interface CrawlerOptions {
  readonly crawls: Crawls;
  readonly timer: Pick<MessageTimer, 'schedule'>;
  readonly store: Pick<TagStore, 'readPage' | 'readJob'>;
  readonly pages: Pick<PageQueue, 'promise'>;
  readonly fetchText: FetchText;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Told of every page that has had its turn. */
  readonly onPage?: (outcome: PageOutcome) => void;
}

/** Pages of one crawl that are on the queue at the same time: a crawl fills the time that others leave, and never the queue. */
const AT_ONCE = 8;
/** What has become of a run is written so often, in milliseconds. */
const REPORT_EVERY_MS = 2_000;
/** A sitemap that cannot be fetched now is tried again after these pauses, in milliseconds. */
const SITEMAP_PAUSES_MS = [5_000, 30_000, 120_000];
/** Redis or Kafka are away: the run goes on when they are back. */
const OUTAGE_PAUSE_MS = 2_000;

/** The crawl was taken away while its run was under way. */
class Gone extends Error {
  override readonly name = 'Gone';
}

/** There is no place where the next run could wait. */
class NoRoom extends Error {
  override readonly name = 'NoRoom';
}

interface Listed {
  readonly pages: readonly CanonicalPage[];
  readonly notes: Pick<CrawlDocument, 'refused' | 'unread' | 'truncated'>;
}

/**
 * Does the runs of crawls, one call a run. A run that was cut off is taken up again by whoever gets its turn next: it looks at the pages from
 * the first on, and those that were made since it began are made.
 */
export class Crawler {
  private readonly options: CrawlerOptions;

  constructor(options: CrawlerOptions) {
    this.options = options;
  }

  /**
   * Resolves when the run has ended and the next one, if any, is scheduled.
   *
   * @throws whatever the store or the timer throw, and the reason of the signal: then the turn is given again
   */
  async turn(message: DelayedMessage, signal: AbortSignal): Promise<void> {
    const turn = readTurn(message);
    if (turn === undefined) {
      this.options.logger.warn({ id: message.id }, 'a turn that cannot be read is passed over');
      return;
    }
    const crawl = await this.options.crawls.get(turn.tenant, turn.id);
    if (crawl === undefined || isOver(crawl, turn.run)) return;
    try {
      await this.run(await this.begin(crawl, turn.run), signal);
    } catch (error) {
      if (!(error instanceof Gone)) throw error;
      this.options.logger.info({ crawl: crawl.id }, 'the crawl was taken away; its run ends');
    }
  }

  private async begin(crawl: CrawlDocument, run: number): Promise<CrawlDocument> {
    if (crawl.status === 'running' && crawl.runs === run) return crawl;
    const { id, tenant, urls, sitemap, limit, every, freshMs, createdAt } = crawl;
    return this.write({
      ...{ id, tenant, limit, freshMs, createdAt, status: 'running', runs: run, startedAt: this.now() },
      ...(urls !== undefined && { urls }),
      ...(sitemap !== undefined && { sitemap }),
      ...(every !== undefined && { every }),
    });
  }

  private async run(crawl: CrawlDocument, signal: AbortSignal): Promise<void> {
    const listed = await this.list(crawl, signal);
    if ('error' in listed) {
      await this.end(crawl, listed.error);
      return;
    }
    const counts = { known: 0, tagged: 0, failed: 0 };
    const total = listed.pages.length;
    const report = (): Promise<CrawlDocument> =>
      this.write({ ...crawl, ...listed.notes, pages: pagesOf(total, counts) });
    await report();
    let reportedAt = this.options.clock.now();
    await eachOf(listed.pages, signal, async (page, given) => {
      const outcome = await this.page(page, crawl, given);
      counts[outcome] += 1;
      this.options.onPage?.(outcome);
      if (this.options.clock.now() - reportedAt < REPORT_EVERY_MS) return;
      reportedAt = this.options.clock.now();
      await report();
    });
    await this.end(await report());
  }

  /** An outage is waited out: what was promised to be looked at is looked at. */
  private async page(page: CanonicalPage, crawl: CrawlDocument, signal: AbortSignal): Promise<PageOutcome> {
    const { store, pages, logger } = this.options;
    const since = Date.parse(crawl.startedAt ?? '') - crawl.freshMs;
    const pause = (ms: number): Promise<void> => this.pause(ms, signal);
    for (;;) {
      signal.throwIfAborted();
      try {
        return await pageTurn(page, { store, pages, since, pause });
      } catch (error) {
        signal.throwIfAborted();
        const reason = error instanceof Error ? error.message : String(error);
        logger.debug({ crawl: crawl.id, reason }, 'a page of a crawl waits for the store or the queue');
        await pause(OUTAGE_PAUSE_MS);
      }
    }
  }

  private async list(crawl: CrawlDocument, signal: AbortSignal): Promise<Listed | { readonly error: JobError }> {
    if (crawl.sitemap === undefined) return ownPages(crawl.urls ?? []);
    const { fetchText } = this.options;
    const pauses = [...SITEMAP_PAUSES_MS];
    for (;;) {
      const read = await readSitemap(crawl.sitemap, { fetchText, most: crawl.limit });
      signal.throwIfAborted();
      if (!('error' in read)) {
        const { pages, refused, unread, truncated } = read;
        return { pages, notes: { refused, unread, truncated } };
      }
      const waitMs = read.retriable ? pauses.shift() : undefined;
      if (waitMs === undefined) return { error: read.error };
      await this.pause(waitMs, signal);
    }
  }

  /** The next run is scheduled before this one is said to have ended: a crash between the two schedules it once more, under the same id. */
  private async end(crawl: CrawlDocument, error?: JobError): Promise<void> {
    const nextAt = nextRunAt(crawl, this.options.clock.now());
    if (nextAt !== undefined) {
      const next = turnMessage({ tenant: crawl.tenant, id: crawl.id, run: crawl.runs + 1 });
      const scheduled = await this.options.timer.schedule(next, nextAt - this.options.clock.now());
      if (scheduled === 'full') throw new NoRoom('The timer has no room for the next run');
    }
    const status = nextAt !== undefined ? 'waiting' : error === undefined ? 'done' : 'failed';
    await this.write({
      ...crawl,
      ...{ status, endedAt: this.now() },
      ...(nextAt !== undefined && { nextAt: new Date(nextAt).toISOString() }),
      ...(error !== undefined && { error }),
    });
  }

  private async write(crawl: CrawlDocument): Promise<CrawlDocument> {
    if (await this.options.crawls.update(crawl)) return crawl;
    throw new Gone('The crawl was taken away');
  }

  /** @throws the reason of the signal */
  private async pause(ms: number, signal: AbortSignal): Promise<void> {
    await this.options.clock.pause(ms, signal);
    signal.throwIfAborted();
  }

  private now(): string {
    return new Date(this.options.clock.now()).toISOString();
  }
}

/** Goes through the pages in their order, some at once. The first error ends all visits, and is thrown when they have ended. */
async function eachOf(
  pages: readonly CanonicalPage[],
  signal: AbortSignal,
  visit: (page: CanonicalPage, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const stop = new AbortController();
  const given = AbortSignal.any([signal, stop.signal]);
  const rest = pages.values();
  const walk = async (): Promise<void> => {
    for (const page of rest) {
      given.throwIfAborted();
      await visit(page, given);
    }
  };
  const walks = Array.from({ length: AT_ONCE }, async () =>
    walk().catch((error: unknown) => {
      stop.abort(error);
    }),
  );
  await Promise.all(walks);
  given.throwIfAborted();
}

/** Turns may come more than once, and late. */
function isOver({ runs, status }: CrawlDocument, run: number): boolean {
  return runs > run || (runs === run && status !== 'running');
}

/** From beginning to beginning, so that the hour of the day stays; a run that took longer than that is followed at once. */
function nextRunAt({ every, startedAt = '' }: CrawlDocument, now: number): number | undefined {
  const periodMs = every === undefined ? undefined : crawlPeriodMs(every);
  return periodMs === undefined ? undefined : Math.max(now, Date.parse(startedAt) + periodMs);
}

function ownPages(urls: readonly string[]): Listed {
  const pages = new Map(
    urls.flatMap((url): [string, CanonicalPage][] => {
      const page = canonicalUrl(url);
      return page.ok ? [[page.hash, page]] : [];
    }),
  );
  return { pages: [...pages.values()], notes: {} };
}

function pagesOf(found: number, { known, tagged, failed }: Omit<CrawlPages, 'found' | 'left'>): CrawlPages {
  return { found, known, tagged, failed, left: found - known - tagged - failed };
}
