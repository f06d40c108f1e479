import { Inject, Injectable } from '@nestjs/common';
import { decodeTagRequest } from '@tagservice/contracts';
import { PORTS } from '../ports.ts';
import type { ComputePorts } from '../ports.ts';
import { backOffMs } from './back-off.ts';
import { Abandoned } from './durable-writes.ts';
import { Outcomes } from './outcomes.ts';
import { PageWork } from './page-work.ts';
import type { AttemptResult } from './page-work.ts';
import type { Delivery, RunningJob } from './running-job.ts';

const BACK_OFF = { firstMs: 500, mostMs: 8_000 };
/** A host that asks for a longer pause is asked no more within this job. */
const LONGEST_PAUSE_MS = 15_000;

/**
 * Turns a request into a durable result. Resolves when the message is dealt with and may be committed: tagged, failed for a reason that
 * stays, dead-lettered, or ended before. Rejects when it is not: then it is given again, here or elsewhere.
 */
@Injectable()
export class ProcessRequest {
  constructor(
    @Inject(PORTS) private readonly ports: ComputePorts,
    private readonly work: PageWork,
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
    const job: RunningJob = { ...delivery, request: decoded.message, arrived };
    this.ports.metrics.queueAge.observe(Math.max(0, arrived - Date.parse(job.request.acceptedAt)) / 1000);
    const { expiresAt } = job.request;
    if (expiresAt !== undefined && Date.parse(expiresAt) < arrived) {
      await this.outcomes.failed(job, {
        code: 'JOB_EXPIRED',
        detail: 'The job waited longer than its answer is wanted.',
      });
      return;
    }
    await this.attempts(job);
  }

  /** Each attempt is counted in the store before it begins, so that a page that kills its worker is bounded, too. */
  private async attempts(job: RunningJob): Promise<void> {
    const { attempts: most } = this.ports.policy;
    while (!job.signal.aborted) {
      const started = await this.ports.store.startAttempt(job.request);
      if (started.kind === 'finished') {
        await this.outcomes.endedBefore(job, started.job);
        return;
      }
      const result: AttemptResult =
        started.attempts > most ? exhausted(most) : await this.work.attempt(job.request, job.signal);
      if (await this.conclude(job, result, started.attempts)) return;
    }
    throw new Abandoned('The message was taken away');
  }

  /** Whether the job has ended; otherwise the pause before the next attempt is over. */
  private async conclude(job: RunningJob, result: AttemptResult, attempt: number): Promise<boolean> {
    if (result.ok) {
      await this.outcomes.done(job, result.page);
      return true;
    }
    // A fetch that was cut off because the message is no longer ours says nothing about the page.
    if (job.signal.aborted) {
      await this.ports.store.returnAttempt(job.request).catch(() => undefined);
      throw new Abandoned('The message was taken away');
    }
    const pauseMs = Math.max(result.retryAfterMs ?? 0, backOffMs(attempt, BACK_OFF));
    if (!result.retriable) {
      await this.outcomes.failed(job, result.error);
      return true;
    }
    if (attempt >= this.ports.policy.attempts || pauseMs > LONGEST_PAUSE_MS) {
      await this.outcomes.exhausted(job, result.error, attempt);
      return true;
    }
    this.ports.metrics.retries.inc({ reason: result.error.code });
    await this.ports.clock.pause(pauseMs, job.signal);
    return false;
  }
}

/** More attempts have begun than are allowed and none has ended: the page is what ends them. */
function exhausted(most: number): AttemptResult {
  const detail = `${String(most)} attempts began and none came to an end.`;
  return { ok: false, error: { code: 'ATTEMPTS_EXHAUSTED', detail }, retriable: true };
}
