import { Inject, Injectable } from '@nestjs/common';
import type { JobDocument } from '@tagservice/contracts';
import { LRUCache } from 'lru-cache';
import type { CanonicalPage } from '@tagservice/page-queue';
import type { WatchOptions } from '../jobs/job-watch.ts';
import { PageJobs } from '../jobs/page-jobs.ts';
import { PORTS } from '../ports.ts';
import type { ApiPorts } from '../ports.ts';
import { canonicalPage } from './canonical-page.ts';
import type { PreparedPage } from './page-answer.ts';
import { PageRecords } from './page-records.ts';

/** Tags of a page, and where they came from. */
export interface FoundPage {
  readonly kind: 'page';
  readonly source: 'memory' | 'store' | 'computed' | 'stale';
  readonly page: PreparedPage;
  readonly ageMs: number;
  readonly stale: boolean;
}

/** What there is to say about a page: its tags, the job that makes them, or the job that could not. */
export type FoundTags =
  | FoundPage
  | { readonly kind: 'accepted'; readonly job: JobDocument }
  | { readonly kind: 'failed'; readonly job: JobDocument; readonly retryAtMs?: number };

/** At most 2 KiB each. */
const KNOWN_SPELLINGS = 2_000;
/** One look in so long at whether a stale page is being made anew is enough, however often it is asked for. */
const REFRESH = { max: 10_000, ttl: 2_000 };

/** Which tags describe this URL? Degrades in order: fresh, stale, queued, refused. */
@Injectable()
export class FindTags {
  /** Pages are asked for again and again: parsing and hashing an address is a tenth of the work of answering a known one. */
  private readonly spellings = new LRUCache<string, CanonicalPage>({ max: KNOWN_SPELLINGS });
  private readonly refreshed: LRUCache<string, true>;

  constructor(
    @Inject(PORTS) ports: ApiPorts,
    private readonly records: PageRecords,
    private readonly jobs: PageJobs,
  ) {
    this.refreshed = new LRUCache({ ...REFRESH, ttlResolution: 0, perf: ports.clock });
  }

  /**
   * At once where the process remembers a fresh record: most answers are known. `patience` is asked for only when there is something to wait for.
   *
   * @throws Problem when the URL is refused or the queue too long; StoreUnavailable, BusUnavailable when nothing was accepted
   */
  find(url: string, patience: () => WatchOptions): FoundTags | Promise<FoundTags> {
    const canonical = this.canonical(url);
    const known = this.records.remembered(canonical.hash);
    return known?.stale === false ? { kind: 'page', ...known } : this.look(canonical, patience);
  }

  private async look(canonical: CanonicalPage, patience: () => WatchOptions): Promise<FoundTags> {
    const known = await this.records.find(canonical.hash);
    if (known === undefined) return this.compute(canonical, patience());
    if (!known.stale) return { kind: 'page', ...known };
    await this.refresh(canonical);
    return { kind: 'page', ...known, source: 'stale' };
  }

  /**
   * What this process remembers about a page, however busy it is; undefined where that is nothing that may be answered.
   *
   * @throws Problem when the URL is refused
   */
  remembered(url: string): FoundPage | undefined {
    return this.atHand(this.canonical(url));
  }

  /** The same, of addresses that have been asked for in just this spelling before, so that there is nothing to check in them. */
  rememberedSpelling(url: string): FoundPage | undefined {
    const canonical = this.spellings.get(url);
    return canonical === undefined ? undefined : this.atHand(canonical);
  }

  private atHand({ hash }: CanonicalPage): FoundPage | undefined {
    const known = this.records.remembered(hash);
    if (known === undefined) return undefined;
    return { kind: 'page', ...known, source: known.stale ? 'stale' : 'memory' };
  }

  private canonical(url: string): CanonicalPage {
    const known = this.spellings.get(url);
    if (known !== undefined) return known;
    const canonical = canonicalPage(url);
    this.spellings.set(url, canonical);
    return canonical;
  }

  /** Has a stale page made anew, unless it failed a short while ago. Trouble with that is logged by the queue and no reason to refuse. */
  private async refresh(page: CanonicalPage): Promise<void> {
    if (this.refreshed.has(page.hash)) return;
    this.refreshed.set(page.hash, true);
    await this.jobs.begin(page).catch(() => undefined);
  }

  private async compute(page: CanonicalPage, options: WatchOptions): Promise<FoundTags> {
    const begun = await this.jobs.begin(page, options);
    if (begun.kind === 'failed') return begun;
    const job = await this.jobs.wait(begun.job.id, options);
    if (job?.status === 'failed') return { kind: 'failed', job };
    const made = job?.status === 'done' ? await this.records.findMade(page.hash) : undefined;
    if (made !== undefined) return { kind: 'page', ...made, source: 'computed' };
    return { kind: 'accepted', job: await this.jobs.promise(page) };
  }
}
