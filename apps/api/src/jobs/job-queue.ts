import { Inject, Injectable } from '@nestjs/common';
import type { JobDocument } from '@tagservice/contracts';
import { PageQueue } from '@tagservice/page-queue';
import type { CanonicalPage } from '@tagservice/page-queue';
import { PATIENCE } from '../admission/queue-wait.ts';
import { Problem } from '../http/problem.error.ts';
import { toProblem } from '../http/problem.filter.ts';
import { PORTS } from '../ports.ts';
import type { ApiPorts } from '../ports.ts';
import type { WatchOptions } from './job-watch.ts';

/** Who does not wait for an answer may have a job that takes this long, in milliseconds. */
const ASYNC_WAIT_MS = 900_000;

/** The queue of pages, with its refusals counted, and closed to those who would wait in vain. */
@Injectable()
export class JobQueue {
  private readonly pages: PageQueue;

  constructor(@Inject(PORTS) private readonly ports: ApiPorts) {
    const { topicPrefix, instance } = ports.policy;
    this.pages = new PageQueue({ ...ports, topicPrefix, replyTo: instance });
  }

  /**
   * The job for a page that is to be waited for: see {@link PageQueue.enqueue}.
   *
   * @throws StoreUnavailable, BusUnavailable: nothing was accepted
   */
  enqueue(page: CanonicalPage): Promise<JobDocument> {
    return this.accepted(this.pages.enqueue(page, this.freshSince()));
  }

  /**
   * The job for a page once a broker has acknowledged it: see {@link PageQueue.promise}.
   *
   * @throws StoreUnavailable, BusUnavailable: nothing was accepted
   */
  promise(page: CanonicalPage): Promise<JobDocument> {
    return this.accepted(this.pages.promise(page, this.freshSince()));
  }

  /**
   * Refuses at once who would wait for longer than there is time. Who does not wait is let in unless the queue would take for ever.
   *
   * @throws Problem
   */
  admit({ deadline, ticket }: WatchOptions): void {
    const waitMs = this.ports.queueWait.estimateMs();
    if (waitMs === undefined) return;
    const leftMs = deadline - this.ports.clock.now();
    const patience = PATIENCE[ticket?.priority ?? 'normal'];
    const mostMs = patience * (leftMs > 0 ? leftMs : ASYNC_WAIT_MS);
    if (waitMs <= mostMs) return;
    this.ports.metrics.refused.inc({ reason: 'QUEUE_TOO_LONG' });
    const retryAfter = String(Math.max(1, Math.ceil((waitMs - mostMs) / 1000)));
    throw new Problem('QUEUE_TOO_LONG', { headers: { 'retry-after': retryAfter } });
  }

  private freshSince(): number {
    return this.ports.clock.now() - this.ports.policy.freshMs;
  }

  private async accepted(job: Promise<JobDocument>): Promise<JobDocument> {
    try {
      return await job;
    } catch (error) {
      const { code } = toProblem(error);
      this.ports.metrics.refused.inc({ reason: code });
      const reason = error instanceof Error ? error.message : String(error);
      this.ports.logger.warn({ problem: code, reason }, 'job not accepted');
      throw error;
    }
  }
}
