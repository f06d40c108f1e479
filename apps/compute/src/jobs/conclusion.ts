import { Inject, Injectable } from '@nestjs/common';
import type { JobDocument } from '@tagservice/contracts';
import { Postponement } from '../retries/postponement.ts';
import { PORTS } from '../ports.ts';
import type { ComputePorts } from '../ports.ts';
import { backOffMs } from './back-off.ts';
import { Abandoned } from './durable-writes.ts';
import { Outcomes } from './outcomes.ts';
import type { AttemptResult } from './page-work.ts';
import type { RunningJob } from './running-job.ts';

const BACK_OFF = { firstMs: 500, mostMs: 8_000 };
/** A pause up to this long is waited for here, which holds the commits of the partition; for a longer one the message is scheduled. */
const HOLD_MS = 1_000;
/** The same while no more can be scheduled: intake slows down, which is what is wanted then. */
export const LONGEST_HOLD_MS = 5_000;
/** A host that asks for a longer pause is asked no more within this job. */
const LONGEST_PAUSE_MS = 300_000;

/** So long a job may stand in line in front of a host without that counting as attempts. */
const MOST_PATIENCE_MS = 6 * 3_600_000;

/** What follows from an attempt: the job has ended, or there is another one, here or in another delivery. */
@Injectable()
export class Conclusion {
  constructor(
    @Inject(PORTS) private readonly ports: ComputePorts,
    private readonly outcomes: Outcomes,
    private readonly postponement: Postponement,
  ) {}

  /**
   * Whether the message is dealt with; otherwise the pause before the next attempt is over.
   *
   * @throws StoreUnavailable, BusUnavailable, Abandoned
   */
  async of(job: RunningJob, result: AttemptResult, attempt: number): Promise<boolean> {
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

  /** Another delivery of the message has ended the job: that is told again. */
  async endedBefore(job: RunningJob, document: JobDocument): Promise<void> {
    await this.outcomes.endedBefore(job, document);
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
