import { Inject, Injectable } from '@nestjs/common';
import { decodeTagRequest } from '@tagservice/contracts';
import { POSTPONED_HEADER, Postponement } from '../retries/postponement.ts';
import { PORTS } from '../ports.ts';
import type { ComputePorts } from '../ports.ts';
import { backOffMs } from './back-off.ts';
import { Abandoned } from './durable-writes.ts';
import { Outcomes } from './outcomes.ts';
import { PageWork } from './page-work.ts';
import type { AttemptResult } from './page-work.ts';
import type { Delivery, RunningJob } from './running-job.ts';

const BACK_OFF = { firstMs: 500, mostMs: 8_000 };
/** A pause up to this long is waited for here, which holds the commits of the partition; for a longer one the message is scheduled. */
const HOLD_MS = 1_000;
/** The same while no more can be scheduled: intake slows down, which is what is wanted then. */
export const LONGEST_HOLD_MS = 5_000;
/** A host that asks for a longer pause is asked no more within this job. */
const LONGEST_PAUSE_MS = 300_000;

/** So long a job may stand in line in front of a host without that counting as attempts. */
const MOST_PATIENCE_MS = 6 * 3_600_000;

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
    private readonly postponement: Postponement,
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

  /** Whether the message is dealt with; otherwise the pause before the next attempt is over. */
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
    const counted = await this.counted(job, result, attempt);
    const pauseMs = pauseAfter(result, counted);
    if (!result.retriable || expiresWithin(job, this.ports.clock.now() + pauseMs)) {
      await this.outcomes.failed(job, result.error);
      return true;
    }
    const over = counted >= this.ports.policy.attempts || pauseMs > LONGEST_PAUSE_MS;
    if (!over) {
      this.ports.metrics.retries.inc({ reason: result.error.code });
      const later = await this.later(job, pauseMs);
      if (later !== 'never') return later === 'elsewhere';
    }
    await this.outcomes.exhausted(job, result.error, counted);
    return true;
  }

  /** A page that was not even asked for has not been tried: its attempt is taken back, as long as the job is young. */
  private async counted(job: RunningJob, result: FailedAttempt, attempt: number): Promise<number> {
    const age = this.ports.clock.now() - Date.parse(job.request.acceptedAt);
    if (result.unasked !== true || age > MOST_PATIENCE_MS) return attempt;
    await this.ports.store.returnAttempt(job.request);
    return attempt - 1;
  }

  /** Where the next attempt happens: here, with the pause over; in another delivery; or nowhere, since nobody can wait so long. */
  private async later(job: RunningJob, pauseMs: number): Promise<'here' | 'elsewhere' | 'never'> {
    if (pauseMs > HOLD_MS) {
      if ((await this.postponement.of(job, pauseMs)) === 'kept') return 'elsewhere';
      if (pauseMs > 2 * LONGEST_HOLD_MS) return 'never';
    }
    await this.ports.clock.pause(Math.min(pauseMs, LONGEST_HOLD_MS), job.signal);
    return 'here';
  }
}

type FailedAttempt = Extract<AttemptResult, { ok: false }>;

/** Until the next attempt, in milliseconds: what is asked for, but never less than the back-off. */
function pauseAfter(result: FailedAttempt, attempts: number): number {
  return Math.max(result.retryAfterMs ?? 0, backOffMs(Math.max(1, attempts), BACK_OFF));
}

/** Whether nobody wants the answer any more by then. */
function expiresWithin({ request }: RunningJob, then: number): boolean {
  return request.expiresAt !== undefined && Date.parse(request.expiresAt) < then;
}

/** More attempts have begun than are allowed and none has ended: the page is what ends them. */
function exhausted(most: number): AttemptResult {
  const detail = `${String(most)} attempts began and none came to an end.`;
  return { ok: false, error: { code: 'ATTEMPTS_EXHAUSTED', detail }, retriable: true };
}
