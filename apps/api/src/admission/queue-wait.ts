import type { PriorityClass } from '../identity/caller.ts';

/** How the queue stood at one look. */
export interface QueueReading {
  /** Jobs that nobody has finished yet. */
  readonly lag: number;
  /** Jobs finished since the queue began. */
  readonly done: number;
}

/** Looks at the queue; undefined where it could not. Rejects never. */
export type ReadQueue = () => Promise<QueueReading | undefined>;

export interface QueueWaitOptions {
  readonly read: ReadQueue;
  /** Milliseconds of a clock that never goes back. */
  readonly now: () => number;
}

/** A look is taken with the request that finds the last one this old: without requests nobody looks. */
const LOOK_EVERY_MS = 1_000;
/** What was seen longer ago says nothing. */
const COUNTS_FOR_MS = 10_000;
/** Up to here nothing queues: it is what the workers hold in their hands, and how quickly they could do more is not known. */
const AT_WORK = 64;
/** How much of a new rate is taken over. */
const SMOOTHING = 0.4;

/** Of the caller's time, what each class may have to wait: lower classes are refused first, so that the queue stays short for the others. */
export const PATIENCE: Readonly<Record<PriorityClass, number>> = { critical: 1, normal: 0.75, bulk: 0.5 };

/** How long a new job would wait: lag by drain rate. While that is not known nobody is refused for it. */
export class QueueWait {
  private last: (QueueReading & { readonly at: number }) | undefined;
  private ratePerMs: number | undefined;
  private lookedAt = -Infinity;
  private isLooking = false;

  constructor(private readonly options: QueueWaitOptions) {}

  /** Milliseconds that a job put into the queue now would wait; undefined where it is not known. Looks again beside the work. */
  estimateMs(): number | undefined {
    const now = this.options.now();
    if (!this.isLooking && now - this.lookedAt >= LOOK_EVERY_MS) void this.look(now);
    const { last, ratePerMs } = this;
    if (last === undefined || now - last.at > COUNTS_FOR_MS) return undefined;
    if (last.lag <= AT_WORK) return 0;
    return ratePerMs === undefined || ratePerMs <= 0 ? undefined : last.lag / ratePerMs;
  }

  private async look(now: number): Promise<void> {
    this.isLooking = true;
    this.lookedAt = now;
    const reading = await this.options.read().catch(() => undefined);
    this.isLooking = false;
    if (reading === undefined) return;
    this.learn({ ...reading, at: this.options.now() });
  }

  /** Only while jobs queue at both looks the workers did as much as they can; else they did as much as there was. */
  private learn(reading: QueueReading & { readonly at: number }): void {
    const { last } = this;
    this.last = reading;
    if (last === undefined || reading.at <= last.at) return;
    if (last.lag <= AT_WORK || reading.lag <= AT_WORK) return;
    const rate = Math.max(0, reading.done - last.done) / (reading.at - last.at);
    this.ratePerMs = this.ratePerMs === undefined ? rate : this.ratePerMs + SMOOTHING * (rate - this.ratePerMs);
  }
}
