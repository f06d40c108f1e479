import { Inject, Injectable } from '@nestjs/common';
import { MESSAGE_VERSION, encodeMessage, newJobId, topicNames } from '@tagservice/contracts';
import type { JobDocument } from '@tagservice/contracts';
import type { TagStore } from '@tagservice/tag-store';
import { toProblem } from '../http/problem.filter.ts';
import { PORTS } from '../ports.ts';
import type { ApiPorts } from '../ports.ts';

/** How long a claimer has from its claim to the broker's acknowledgement; after that the next asker publishes the job. */
const LEASE_MS = 4_000;

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
   * The job for a page: the one under way, or a new one. Where its claimer died before the broker had it, this instance steps in.
   *
   * @throws StoreUnavailable, BusUnavailable: nothing was accepted
   */
  async enqueue(page: CanonicalPage): Promise<JobDocument> {
    try {
      return await this.claimAndPublish(page);
    } catch (error) {
      const { code } = toProblem(error);
      this.ports.metrics.refused.inc({ reason: code });
      this.ports.logger.warn({ problem: code, reason: reasonOf(error) }, 'job not accepted');
      throw error;
    }
  }

  private async claimAndPublish(page: CanonicalPage): Promise<JobDocument> {
    const claim = await this.ports.store.claimJob({
      jobId: newJobId(page.hash),
      url: page.url,
      urlHash: page.hash,
      acceptedAt: new Date(this.ports.clock.now()).toISOString(),
      leaseMs: LEASE_MS,
    });
    if (claim.kind === 'claimed' || claim.state === 'pending-expired') await this.publish(page, claim.job);
    return claim.job;
  }

  private async publish(page: CanonicalPage, job: JobDocument): Promise<void> {
    const reference = { jobId: job.id, url: page.url, urlHash: page.hash, acceptedAt: job.createdAt };
    const value = encodeMessage({ version: MESSAGE_VERSION, ...reference, replyTo: this.ports.policy.instance });
    try {
      await this.ports.bus.publish(this.topic, [{ key: page.hash, value }]);
    } catch (error) {
      await this.release(reference);
      throw error;
    }
    // The broker has it, which is what counts. Unconfirmed, the next asker publishes it again under the same id: harmless.
    await this.ports.store.confirmQueued(job.id).catch((error: unknown) => {
      this.ports.logger.warn({ reason: reasonOf(error) }, 'job is queued but not confirmed');
    });
  }

  /** The broker may have the job or not; ended as failed, it is not computed, and those who joined it learn at once. */
  private async release(reference: Parameters<TagStore['fail']>[0]): Promise<void> {
    try {
      await this.ports.store.fail(reference, {
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
