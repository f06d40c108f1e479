import { MESSAGE_VERSION, encodeMessage, newJobId, topicNames } from '@tagservice/contracts';
import type { JobDocument } from '@tagservice/contracts';
import type { EventBus } from '@tagservice/event-bus';
import { inPublishSpan, inStoreSpan } from '@tagservice/service-kit';
import type { Clock, Logger } from '@tagservice/service-kit';
import type { Claim, TagStore } from '@tagservice/tag-store';

/** How long a claimer has from its claim to the broker's acknowledgement; after that the next asker publishes the job. */
const LEASE_MS = 4_000;

type Joined = Extract<Claim, { kind: 'joined' }>;

/** A page by the one spelling of its address. */
export interface CanonicalPage {
  readonly url: string;
  readonly hash: string;
}

export interface PageQueueOptions {
  readonly store: Pick<TagStore, 'claimJob' | 'readPage' | 'apply' | 'abandon' | 'confirmQueued'>;
  /** Gives up on the broker before a claim's lease of 4 s is over. */
  readonly bus: Pick<EventBus, 'publish'>;
  readonly topicPrefix: string;
  /** Who hears when a job has ended: the name of this instance. */
  readonly replyTo: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Puts URLs on the queue: one job a URL at a time over all instances, promised only once the broker has it. */
export class PageQueue {
  private readonly topic: string;
  private readonly options: PageQueueOptions;

  constructor(options: PageQueueOptions) {
    this.options = options;
    this.topic = topicNames(options.topicPrefix).requests;
  }

  /**
   * The job for a page: the one under way, or a new one. Where its claimer's time is over, this instance steps in. A job that its
   * claimer is still publishing is joined, which is enough to wait for it and too little to promise it: see {@link promise}. A page that
   * was made since `since` (milliseconds since 1970) is not made again: its job is done at once.
   *
   * @throws StoreUnavailable, BusUnavailable: nothing was accepted
   */
  enqueue(page: CanonicalPage, since: number): Promise<JobDocument> {
    return this.claimAndPublish(page, since, (claim) => claim.state === 'pending-expired');
  }

  /**
   * As {@link enqueue}, but resolves only when a broker has acknowledged the job: a claimer that has not confirmed it may have died, or
   * may have been told that the store is away although its claim was written. A job published twice is done once.
   *
   * @throws StoreUnavailable, BusUnavailable: nothing was accepted
   */
  promise(page: CanonicalPage, since: number): Promise<JobDocument> {
    return this.claimAndPublish(page, since, (claim) => claim.state === 'pending' || claim.state === 'pending-expired');
  }

  private async claimAndPublish(
    page: CanonicalPage,
    since: number,
    stepsIn: (claim: Joined) => boolean,
  ): Promise<JobDocument> {
    const claim = await this.claim(page);
    const ours = claim.kind === 'claimed';
    if (ours && (await this.madeMeanwhile(page, claim.job, since))) return claim.job;
    if (ours || stepsIn(claim)) await this.publish(page, claim.job, ours);
    return claim.job;
  }

  private claim(page: CanonicalPage): Promise<Claim> {
    const request = {
      jobId: newJobId(page.hash),
      url: page.url,
      urlHash: page.hash,
      acceptedAt: new Date(this.options.clock.now()).toISOString(),
      leaseMs: LEASE_MS,
    };
    return inStoreSpan('claim job', () => this.options.store.claimJob(request));
  }

  /**
   * Between the asker's look at the record and its claim the job before this one may have ended. Then there is nothing to compute: the claimed
   * job is done with the page that was just made, which is what those who joined it already wait for.
   */
  private async madeMeanwhile({ url, hash }: CanonicalPage, job: JobDocument, since: number): Promise<boolean> {
    const { store } = this.options;
    const made = await store.readPage(hash);
    if (made === undefined || Date.parse(made.taggedAt) < since) return false;
    const reference = { jobId: job.id, url, urlHash: hash, acceptedAt: job.createdAt };
    const applied = await store.apply({ ...reference, page: { ...made, jobId: job.id } });
    return applied.kind === 'applied' || applied.kind === 'superseded';
  }

  private async publish(page: CanonicalPage, job: JobDocument, ours: boolean): Promise<void> {
    const { bus, store, logger, replyTo } = this.options;
    const reference = { jobId: job.id, url: page.url, urlHash: page.hash, acceptedAt: job.createdAt };
    const value = encodeMessage({ version: MESSAGE_VERSION, ...reference, replyTo });
    try {
      const message = { key: page.hash, value };
      await inPublishSpan('publish tag request', this.topic, () => bus.publish(this.topic, [message]));
    } catch (error) {
      // Somebody else's job is not ended for our failure: its claimer may have published it.
      if (ours) await this.release(reference);
      throw error;
    }
    // The broker has it, which is what counts. Unconfirmed, the next asker publishes it again under the same id: harmless.
    await store.confirmQueued(job.id).catch((error: unknown) => {
      logger.warn({ reason: reasonOf(error) }, 'job is queued but not confirmed');
    });
  }

  /** The broker may have the job or not; ended as failed, it is not computed, and those who joined it learn at once. */
  private async release(reference: Parameters<TagStore['abandon']>[0]): Promise<void> {
    try {
      await this.options.store.abandon(reference, {
        code: 'QUEUE_UNAVAILABLE',
        detail: 'The message broker did not acknowledge the job.',
      });
    } catch (error) {
      this.options.logger.warn({ reason: reasonOf(error) }, 'claim is left to its lease');
    }
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
