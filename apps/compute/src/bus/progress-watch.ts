import type { Progress } from '@tagservice/event-bus';
import type { HealthCheck, HealthFinding } from '@tagservice/service-kit';
import type { Clock } from '@tagservice/service-kit';

export interface ProgressWatchOptions {
  readonly progress: () => Progress | undefined;
  /** Reject while something that every message needs is away. */
  readonly needs: readonly (() => Promise<void>)[];
  /** With work to do, so long without a commit means stuck; in milliseconds. */
  readonly stuckAfterMs: number;
  readonly clock: Clock;
}

/** How long a member of the group may wait for a partition before it counts as a standby, which is ready all the same. */
const STANDBY_AFTER_MS = 30_000;

/**
 * Alive means getting on: work to do and no commit for too long is stuck, and only a new process helps. While Kafka or Redis is away nobody
 * gets on and a new process would not either, so that time does not count.
 */
export class ProgressWatch {
  private readonly startedAt: number;
  private fineAt: number;
  private lastCommitAt: number | undefined;

  constructor(private readonly options: ProgressWatchOptions) {
    this.startedAt = options.clock.now();
    this.fineAt = this.startedAt;
  }

  checks(): readonly HealthCheck[] {
    return [
      { name: 'progress', kinds: ['live'], check: () => this.alive() },
      { name: 'consumer', kinds: ['ready'], check: () => this.assigned() },
    ];
  }

  private async alive(): Promise<HealthFinding> {
    const { progress, needs, clock, stuckAfterMs } = this.options;
    const now = clock.now();
    const seen = progress();
    const idle = (seen?.lag ?? 0) === 0;
    const committed = seen?.lastCommitAt !== this.lastCommitAt;
    this.lastCommitAt = seen?.lastCommitAt;
    if (idle || committed) this.fineAt = now;
    const stuckMs = now - this.fineAt;
    if (stuckMs <= stuckAfterMs) return { ok: true };
    const reachable = await Promise.allSettled(needs.map((need) => need()));
    if (reachable.some(({ status }) => status === 'rejected')) {
      this.fineAt = now;
      return { ok: true, detail: 'waiting for Kafka or Redis' };
    }
    return {
      ok: false,
      detail: `${String(seen?.lag)} messages wait and none was committed for ${String(Math.round(stuckMs / 1000))} s`,
    };
  }

  private assigned(): HealthFinding {
    if ((this.options.progress()?.assigned ?? 0) > 0) return { ok: true };
    const waitedMs = this.options.clock.now() - this.startedAt;
    const detail = `no partition assigned for ${String(Math.round(waitedMs / 1000))} s`;
    return waitedMs > STANDBY_AFTER_MS && this.options.progress() !== undefined
      ? { ok: true, detail }
      : { ok: false, detail };
  }
}
