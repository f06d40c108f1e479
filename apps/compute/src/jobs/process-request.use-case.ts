import { Inject, Injectable } from '@nestjs/common';
import { decodeTagRequest } from '@tagservice/contracts';
import { POSTPONED_HEADER } from '../retries/postponement.ts';
import { PORTS } from '../ports.ts';
import type { ComputePorts } from '../ports.ts';
import { Attempts } from './attempts.ts';
import { Outcomes } from './outcomes.ts';
import type { Delivery, RunningJob } from './running-job.ts';

/**
 * Turns a request into a durable result. Resolves when the message is dealt with and may be committed: tagged, failed for a reason that
 * stays, dead-lettered, or ended before. Rejects when it is not: then it is given again, here or elsewhere.
 */
@Injectable()
export class ProcessRequest {
  constructor(
    @Inject(PORTS) private readonly ports: ComputePorts,
    private readonly attempts: Attempts,
    private readonly outcomes: Outcomes,
  ) {}

  /** @throws StoreUnavailable, BusUnavailable, Abandoned */
  async handle(delivery: Delivery): Promise<void> {
    const decoded = decodeTagRequest(delivery.message.value);
    if (!decoded.ok) {
      await this.outcomes.poison(delivery, { code: decoded.problem, detail: decoded.detail });
      return;
    }
    const arrived = this.ports.clock.now();
    const job: RunningJob = { ...delivery, request: decoded.message, arrived, spent: { fetchMs: 0, tagMs: 0 } };
    if (!(POSTPONED_HEADER in delivery.message.headers)) {
      this.ports.metrics.queueAge.observe(Math.max(0, arrived - Date.parse(job.request.acceptedAt)) / 1000);
    }
    const { expiresAt } = job.request;
    if (expiresAt !== undefined && Date.parse(expiresAt) < arrived) {
      await this.outcomes.failed(job, {
        code: 'JOB_EXPIRED',
        detail: 'The job waited longer than its answer is wanted.',
      });
      return;
    }
    await this.attempts.at(job);
  }
}
