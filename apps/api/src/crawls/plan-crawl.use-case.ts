import { randomBytes } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { canonicalUrl } from '@tagservice/contracts';
import type { CrawlDocument, CrawlRequest } from '@tagservice/contracts';
import { turnMessage } from '@tagservice/crawls';
import { Problem } from '../http/problem.error.ts';
import { PORTS } from '../ports.ts';
import type { ApiPorts } from '../ports.ts';

/** Most faults that one answer lists. */
const MOST_FAULTS = 10;

/** Plans crawls: keeps them, and has the first run begin. */
@Injectable()
export class PlanCrawl {
  constructor(@Inject(PORTS) private readonly ports: ApiPorts) {}

  /**
   * Promised only once both the crawl and its first run are kept as safely as results are.
   *
   * @throws Problem PARAMETER_INVALID, TOO_MANY_CRAWLS; StoreUnavailable, TimerUnavailable: nothing was accepted
   */
  async plan(tenant: string, request: CrawlRequest): Promise<CrawlDocument> {
    const crawl = this.documentOf(tenant, request);
    const { crawls, crawlTimer } = this.ports;
    try {
      if ((await crawls.add(crawl)) === 'full') throw new Problem('TOO_MANY_CRAWLS');
      const scheduled = await crawlTimer.schedule(turnMessage({ tenant, id: crawl.id, run: 1 }), 0);
      if (scheduled === 'full') throw new Problem('OVERLOADED', { detail: 'As many crawls wait as may.' });
      return crawl;
    } catch (error) {
      // It may be there all the same. Whatever the timer keeps of it comes to nothing without the crawl.
      await crawls.remove(tenant, crawl.id).catch(() => undefined);
      throw error;
    }
  }

  private documentOf(tenant: string, { urls, sitemap, limit, every }: CrawlRequest): CrawlDocument {
    return {
      id: randomBytes(16).toString('hex'),
      tenant,
      ...(urls !== undefined && { urls: canonicalUrls(urls.map((url, index) => [`/urls/${String(index)}`, url])) }),
      ...(sitemap !== undefined && { sitemap: canonicalUrls([['/sitemap', sitemap]])[0] ?? sitemap }),
      limit,
      ...(every !== undefined && { every }),
      // One that runs again and again is to see what has changed; one that runs once is content with fresh tags.
      freshMs: every === undefined ? this.ports.policy.freshMs : 0,
      status: 'waiting',
      createdAt: new Date(this.ports.clock.now()).toISOString(),
      runs: 0,
    };
  }
}

/** Each page once. @throws Problem that names each address that cannot be tagged */
function canonicalUrls(given: readonly (readonly [pointer: string, url: string])[]): string[] {
  const read = given.map(([pointer, url]) => ({ pointer, canonical: canonicalUrl(url) }));
  const errors = read.flatMap(({ pointer, canonical }) =>
    canonical.ok ? [] : [{ pointer, detail: canonical.detail, fix: 'Correct the address, or leave it out.' }],
  );
  if (errors.length > 0)
    throw new Problem('PARAMETER_INVALID', {
      detail: `${String(errors.length)} of ${String(given.length)} addresses cannot be used.`,
      errors: errors.slice(0, MOST_FAULTS),
    });
  return [...new Set(read.flatMap(({ canonical }) => (canonical.ok ? [canonical.url] : [])))];
}
