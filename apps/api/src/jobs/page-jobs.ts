import { Injectable } from '@nestjs/common';
import type { JobDocument } from '@tagservice/contracts';
import { StoreUnavailable } from '@tagservice/tag-store';
import { JobQueue } from './job-queue.ts';
import type { CanonicalPage } from '@tagservice/page-queue';
import { JobWatch } from './job-watch.ts';
import type { WatchOptions } from './job-watch.ts';
import { LastJobs } from './last-jobs.ts';
import type { LastJob } from './last-jobs.ts';

/** The job that makes a page, or the one that failed so lately that another would fail as well. */
export type BegunJob =
  | { readonly kind: 'accepted'; readonly job: JobDocument }
  | { readonly kind: 'failed'; readonly job: JobDocument; readonly retryAtMs: number };

/** Has pages made: one job for a page at a time, and none for a page that failed a short while ago. */
@Injectable()
export class PageJobs {
  constructor(
    private readonly queue: JobQueue,
    private readonly watch: JobWatch,
    private readonly lastJobs: LastJobs,
  ) {}

  /**
   * The job to wait for. Who wants to wait, and how long, says `patience`; without it nobody does, and the length of the queue does not matter.
   *
   * @throws Problem QUEUE_TOO_LONG; StoreUnavailable, BusUnavailable: nothing was accepted
   */
  async begin(page: CanonicalPage, patience?: WatchOptions): Promise<BegunJob> {
    const last = await this.lastOf(page);
    if (last?.restsUntilMs !== undefined) return { kind: 'failed', job: last.job, retryAtMs: last.restsUntilMs };
    if (patience !== undefined) this.queue.admit(patience);
    const job = await this.queue.enqueue(page);
    await this.lastJobs.remember(page, job, last);
    return { kind: 'accepted', job };
  }

  /** Where the note cannot be read the page is computed once too often: no reason to refuse anybody. */
  private async lastOf({ hash }: CanonicalPage): Promise<LastJob | undefined> {
    try {
      return await this.lastJobs.of(hash);
    } catch (error) {
      if (error instanceof StoreUnavailable) return undefined;
      throw error;
    }
  }

  /** The job when it has ended, or as it is when the time is over. @throws StoreUnavailable */
  wait(jobId: string, options: WatchOptions): Promise<JobDocument | undefined> {
    return this.watch.wait(jobId, options);
  }

  /** The job, once a broker has acknowledged it. @throws StoreUnavailable, BusUnavailable: nothing was accepted */
  promise(page: CanonicalPage): Promise<JobDocument> {
    return this.queue.promise(page);
  }
}
