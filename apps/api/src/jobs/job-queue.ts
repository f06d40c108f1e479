import { Inject, Injectable } from '@nestjs/common';
import { MESSAGE_VERSION, encodeMessage, newJobId, topicNames } from '@tagservice/contracts';
import type { JobDocument } from '@tagservice/contracts';
import type { Claim, TagStore } from '@tagservice/tag-store';
import { PATIENCE } from '../admission/queue-wait.ts';
import { Problem } from '../http/problem.error.ts';
import { toProblem } from '../http/problem.filter.ts';
import { PORTS } from '../ports.ts';
import type { ApiPorts } from '../ports.ts';
import type { WatchOptions } from './job-watch.ts';

/** How long a claimer has from its claim to the broker's acknowledgement; after that the next asker publishes the job. */
const LEASE_MS = 4_000;
/** Who does not wait for an answer may have a job that takes this long, in milliseconds. */
const ASYNC_WAIT_MS = 900_000;

type Joined = Extract<Claim, { kind: 'joined' }>;

export interface CanonicalPage {
  readonly url: string;
  readonly hash: string;
}

/** Puts URLs on the queue: one job a URL at a time over all instances, promised only once the broker has it. */
@Injectable()
export class JobQueue {
  private readonly topic: string;

  constructor(@Inject(PORTS) private readonly ports: ApiPorts) {
    this.topic = topicNames(ports.policy.topicPrefix).requests;
  }

  /**
   * The job for a page: the one under way, or a new one. Where its claimer's time is over, this instance steps in. A job that its
   * claimer is still publishing is joined, which is enough to wait for it and too little to promise it: see {@link promise}.
   *
   * @throws StoreUnavailable, BusUnavailable: nothing was accepted
   */
  enqueue(page: CanonicalPage): Promise<JobDocument> {
    return this.claimAndPublish(page, (claim) => claim.state === 'pending-expired');
  }

  /**
   * As {@link enqueue}, but resolves only when a broker has acknowledged the job: a claimer that has not confirmed it may have died, or
   * may have been told that the store is away although its claim was written. A job published twice is done once.
   *
   * @throws StoreUnavailable, BusUnavailable: nothing was accepted
   */
  promise(page: CanonicalPage): Promise<JobDocument> {
    return this.claimAndPublish(page, (claim) => claim.state === 'pending' || claim.state === 'pending-expired');
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

  private async claimAndPublish(page: CanonicalPage, stepsIn: (claim: Joined) => boolean): Promise<JobDocument> {
    try {
      const claim = await this.claim(page);
      const ours = claim.kind === 'claimed';
      if (ours && (await this.madeMeanwhile(page, claim.job))) return claim.job;
      if (ours || stepsIn(claim)) await this.publish(page, claim.job, ours);
      return claim.job;
    } catch (error) {
      const { code } = toProblem(error);
      this.ports.metrics.refused.inc({ reason: code });
      this.ports.logger.warn({ problem: code, reason: reasonOf(error) }, 'job not accepted');
      throw error;
    }
  }

  private claim(page: CanonicalPage): Promise<Claim> {
    return this.ports.store.claimJob({
      jobId: newJobId(page.hash),
      url: page.url,
      urlHash: page.hash,
      acceptedAt: new Date(this.ports.clock.now()).toISOString(),
      leaseMs: LEASE_MS,
    });
  }

  /**
   * Between the asker's look at the record and its claim the job before this one may have ended. Then there is nothing to compute: the claimed
   * job is done with the page that was just made, which is what those who joined it already wait for.
   */
  private async madeMeanwhile({ url, hash }: CanonicalPage, job: JobDocument): Promise<boolean> {
    const { store, clock, policy } = this.ports;
    const made = await store.readPage(hash);
    if (made === undefined || clock.now() - Date.parse(made.taggedAt) > policy.freshMs) return false;
    const reference = { jobId: job.id, url, urlHash: hash, acceptedAt: job.createdAt };
    const applied = await store.apply({ ...reference, page: { ...made, jobId: job.id } });
    return applied.kind === 'applied' || applied.kind === 'superseded';
  }

  private async publish(page: CanonicalPage, job: JobDocument, ours: boolean): Promise<void> {
    const reference = { jobId: job.id, url: page.url, urlHash: page.hash, acceptedAt: job.createdAt };
    const value = encodeMessage({ version: MESSAGE_VERSION, ...reference, replyTo: this.ports.policy.instance });
    try {
      await this.ports.bus.publish(this.topic, [{ key: page.hash, value }]);
    } catch (error) {
      // Somebody else's job is not ended for our failure: its claimer may have published it.
      if (ours) await this.release(reference);
      throw error;
    }
    // The broker has it, which is what counts. Unconfirmed, the next asker publishes it again under the same id: harmless.
    await this.ports.store.confirmQueued(job.id).catch((error: unknown) => {
      this.ports.logger.warn({ reason: reasonOf(error) }, 'job is queued but not confirmed');
    });
  }

  /** The broker may have the job or not; ended as failed, it is not computed, and those who joined it learn at once. */
  private async release(reference: Parameters<TagStore['abandon']>[0]): Promise<void> {
    try {
      await this.ports.store.abandon(reference, {
        code: 'QUEUE_UNAVAILABLE',
        detail: 'The message broker did not acknowledge the job.',
      });
    } catch (error) {
      this.ports.logger.warn({ reason: reasonOf(error) }, 'claim is left to its lease');
    }
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
