import type { Clock, Logger } from '@tagservice/service-kit';
import type { RepairStep, TagStore } from '@tagservice/tag-store';
import type { ComputeMetrics } from '../compute-metrics.ts';

/** What the repair works with. */
export interface RepairLoopOptions {
  readonly store: Pick<TagStore, 'repairStep'>;
  /** Name of this instance, unique among all. */
  readonly holder: string;
  /** From the end of one look through everything to the beginning of the next, whoever takes it, in milliseconds. */
  readonly periodMs: number;
  readonly metrics: ComputeMetrics;
  readonly logger: Logger;
  readonly clock: Clock;
}

/** Between two steps: at 200 records a step, a million records take about four minutes, and Redis is busy with it for a few percent. */
const BETWEEN_STEPS_MS = 50;
/** A holder that says nothing for so long has died; also how often the others look. */
const LEASE_MS = 15_000;

/**
 * Keeps the index of tags in line with the records: once a period one instance looks through everything, step by step. The others ask now
 * and then whether it has fallen silent, and go on in its place. An error ends nothing: the store is away, and the next step finds it or
 * does not.
 */
export class RepairLoop {
  private readonly stopping = new AbortController();
  private running: Promise<void> | undefined;
  /** Of the look through everything that is under way. */
  private found = { scanned: 0, reposted: 0, mended: 0, removed: 0 };

  constructor(private readonly options: RepairLoopOptions) {}

  start(): void {
    this.running ??= this.run();
  }

  /** Resolves when the step under way has ended. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  private async run(): Promise<void> {
    const { clock } = this.options;
    const { signal } = this.stopping;
    // A start is a busy time, and many instances may start at once.
    await clock.pause(LEASE_MS * Math.random(), signal);
    while (!signal.aborted) await clock.pause(await this.step(), signal);
  }

  /** Takes a step. How long to wait for the next, in milliseconds. */
  private async step(): Promise<number> {
    const { store, holder, periodMs, logger } = this.options;
    try {
      const step = await store.repairStep({ holder, leaseMs: LEASE_MS, restMs: periodMs });
      if (step.kind !== 'stepped') return LEASE_MS;
      this.count(step);
      return step.done ? LEASE_MS : BETWEEN_STEPS_MS;
    } catch (error) {
      logger.debug({ reason: error instanceof Error ? error.message : String(error) }, 'the index is not repaired now');
      return LEASE_MS;
    }
  }

  private count(step: Extract<RepairStep, { kind: 'stepped' }>): void {
    const { metrics, logger } = this.options;
    for (const result of ['scanned', 'reposted', 'mended', 'removed'] as const) {
      metrics.repairs.inc({ result }, step[result]);
      this.found[result] += step[result];
    }
    if (!step.done) return;
    metrics.repairRounds.inc();
    const { scanned, ...changed } = this.found;
    const wasRight = Object.values(changed).every((count) => count === 0);
    if (!wasRight) logger.info({ scanned, ...changed }, 'the index of tags was repaired');
    this.found = { scanned: 0, reposted: 0, mended: 0, removed: 0 };
  }
}
