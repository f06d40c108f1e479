import { Inject, Injectable } from '@nestjs/common';
import { PORTS } from '../ports.ts';
import type { ComputePorts } from '../ports.ts';
import { Conclusion } from './conclusion.ts';
import { Abandoned } from './durable-writes.ts';
import { PageWork } from './page-work.ts';
import type { AttemptResult } from './page-work.ts';
import type { RunningJob } from './running-job.ts';

/** Works on a page until one attempt concludes its job, here or elsewhere. */
@Injectable()
export class Attempts {
  constructor(
    @Inject(PORTS) private readonly ports: ComputePorts,
    private readonly work: PageWork,
    private readonly conclusion: Conclusion,
  ) {}

  /**
   * Each attempt is counted in the store before it begins, so that a page that kills its worker is bounded, too.
   *
   * @throws StoreUnavailable, BusUnavailable, Abandoned
   */
  async at(job: RunningJob): Promise<void> {
    const { attempts: most } = this.ports.policy;
    while (!job.signal.aborted) {
      const started = await this.ports.store.startAttempt(job.request);
      if (started.kind === 'finished') {
        await this.conclusion.endedBefore(job, started.job);
        return;
      }
      const result: AttemptResult = started.attempts > most ? exhausted(most) : await this.work.attempt(job);
      if (await this.conclusion.of(job, result, started.attempts)) return;
    }
    throw new Abandoned('The message was taken away');
  }
}

/** More attempts have begun than are allowed and none has ended: the page is what ends them. */
function exhausted(most: number): AttemptResult {
  const detail = `${String(most)} attempts began and none came to an end.`;
  return { ok: false, error: { code: 'ATTEMPTS_EXHAUSTED', detail }, retriable: true };
}
