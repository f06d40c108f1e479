import { Inject, Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { inStoreSpan } from '@tagservice/service-kit';
import { PORTS } from '../ports.ts';
import type { ApiPorts } from '../ports.ts';
import { preparePage } from './page-answer.ts';
import type { PreparedPage } from './page-answer.ts';

/** A record as an answer: its age now, and whether that is over what counts as fresh. */
export interface KnownPage {
  readonly page: PreparedPage;
  readonly ageMs: number;
  readonly stale: boolean;
  readonly source: 'memory' | 'store';
}

/** What is known about pages: first in the process (bounded by bytes; goes on while Redis is away), then in the store. */
@Injectable()
export class PageRecords {
  private readonly pages: LRUCache<string, PreparedPage>;

  constructor(@Inject(PORTS) private readonly ports: ApiPorts) {
    this.pages = new LRUCache({
      maxSize: ports.policy.cacheBytes,
      sizeCalculation: (page) => page.bytes,
      // What is too old to be answered by anybody makes room for others.
      ttl: ports.policy.freshMs + ports.policy.staleMs,
      ttlResolution: 0,
      perf: ports.clock,
    });
  }

  /**
   * A fresh record, else a stale one that may still be answered, else undefined.
   *
   * @throws StoreUnavailable when the store is needed and away, and the process has nothing to answer with
   */
  async find(urlHash: string): Promise<KnownPage | undefined> {
    const cached = this.judge(this.pages.get(urlHash), 'memory');
    if (cached?.stale === false) return cached;
    try {
      return this.judge(await this.read(urlHash), 'store') ?? cached;
    } catch (error) {
      if (cached === undefined) throw error;
      return cached;
    }
  }

  /** What the process itself remembers and may answer, without a look at the store. */
  remembered(urlHash: string): KnownPage | undefined {
    return this.judge(this.pages.get(urlHash), 'memory');
  }

  /** The record that a job has just made: an answer whatever its age. @throws StoreUnavailable */
  async findMade(urlHash: string): Promise<Pick<KnownPage, 'page' | 'ageMs' | 'stale'> | undefined> {
    const page = await this.read(urlHash);
    return page === undefined ? undefined : { page, ageMs: this.ageOf(page), stale: false };
  }

  private async read(urlHash: string): Promise<PreparedPage | undefined> {
    const page = await inStoreSpan('read page', () => this.ports.store.readPage(urlHash));
    if (page === undefined) return undefined;
    const prepared = preparePage(page);
    const known = this.pages.peek(urlHash);
    // A read that was overtaken must not put an older record over a newer one.
    if (known === undefined || known.taggedAtMs <= prepared.taggedAtMs) this.pages.set(urlHash, prepared);
    return prepared;
  }

  private judge(page: PreparedPage | undefined, source: KnownPage['source']): KnownPage | undefined {
    if (page === undefined) return undefined;
    const { freshMs, staleMs } = this.ports.policy;
    const ageMs = this.ageOf(page);
    return ageMs > freshMs + staleMs ? undefined : { page, ageMs, stale: ageMs > freshMs, source };
  }

  private ageOf(page: PreparedPage): number {
    return Math.max(0, this.ports.clock.now() - page.taggedAtMs);
  }
}
