import { Injectable } from '@nestjs/common';
import { canonicalUrl } from '@tagservice/contracts';
import type { CanonicalUrl, JobDocument } from '@tagservice/contracts';
import { LRUCache } from 'lru-cache';
import { Problem } from '../http/problem.error.ts';
import { JobQueue } from '../jobs/job-queue.ts';
import type { CanonicalPage } from '../jobs/job-queue.ts';
import { JobWatch } from '../jobs/job-watch.ts';
import type { WatchOptions } from '../jobs/job-watch.ts';
import type { PreparedPage } from './page-answer.ts';
import { PageRecords } from './page-records.ts';

/** What there is to say about a page: its tags and where they came from, the job that makes them, or the job that could not. */
export type FoundTags =
  | {
      readonly kind: 'page';
      readonly source: 'memory' | 'store' | 'computed' | 'stale';
      readonly page: PreparedPage;
      readonly ageMs: number;
      readonly stale: boolean;
    }
  | { readonly kind: 'accepted'; readonly job: JobDocument }
  | { readonly kind: 'failed'; readonly job: JobDocument };

/** At most 2 KiB each. */
const KNOWN_SPELLINGS = 2_000;

/** Which tags describe this URL? Degrades in order: fresh, stale, queued, refused. */
@Injectable()
export class FindTags {
  /** Pages are asked for again and again: parsing and hashing an address is a tenth of the work of answering a known one. */
  private readonly spellings = new LRUCache<string, CanonicalUrl>({ max: KNOWN_SPELLINGS });

  constructor(
    private readonly records: PageRecords,
    private readonly queue: JobQueue,
    private readonly watch: JobWatch,
  ) {}

  /**
   * `patience` is asked for only when there is something to wait for: most answers are known.
   *
   * @throws Problem when the URL is refused; StoreUnavailable, BusUnavailable when nothing was accepted
   */
  async find(url: string, patience: () => WatchOptions): Promise<FoundTags> {
    const canonical = this.canonical(url);
    if (!canonical.ok) {
      const { problem, detail } = canonical;
      throw new Problem(problem, { detail, errors: [{ pointer: 'url', detail }] });
    }
    const known = await this.records.find(canonical.hash);
    if (known === undefined) return this.compute(canonical, patience());
    if (!known.stale) return { kind: 'page', ...known };
    // Answers with what there is and has it made anew; trouble with that is logged by the queue and no reason to refuse.
    await this.queue.enqueue(canonical).catch(() => undefined);
    return { kind: 'page', ...known, source: 'stale' };
  }

  /** What this process remembers about a page, however busy it is; undefined where that is nothing that may be answered. */
  remembered(url: string): FoundTags | undefined {
    const canonical = this.canonical(url);
    const known = canonical.ok ? this.records.remembered(canonical.hash) : undefined;
    if (known === undefined) return undefined;
    return { kind: 'page', ...known, source: known.stale ? 'stale' : 'memory' };
  }

  private canonical(url: string): CanonicalUrl {
    const known = this.spellings.get(url);
    if (known !== undefined) return known;
    const canonical = canonicalUrl(url);
    if (canonical.ok) this.spellings.set(url, canonical);
    return canonical;
  }

  private async compute(canonical: CanonicalPage, options: WatchOptions): Promise<FoundTags> {
    this.queue.admit(options);
    const accepted = await this.queue.enqueue(canonical);
    const job = await this.watch.wait(accepted.id, options);
    if (job?.status === 'failed') return { kind: 'failed', job };
    const made = job?.status === 'done' ? await this.records.findMade(canonical.hash) : undefined;
    if (made !== undefined) return { kind: 'page', ...made, source: 'computed' };
    return { kind: 'accepted', job: await this.queue.promise(canonical) };
  }
}
