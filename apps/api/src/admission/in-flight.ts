import type { PriorityClass } from '../identity/caller.ts';
import { ClassGate } from './class-gate.ts';
import type { Shares } from './class-gate.ts';
import { GradientLimit } from './gradient-limit.ts';

export interface InFlightOptions {
  readonly shares: Shares;
  /** Most requests in flight, those included that wait for a job. */
  readonly most: number;
  /** Milliseconds of a clock that never goes back. */
  readonly now: () => number;
  /** Mean delay of the event loop since it was last asked, in milliseconds. */
  readonly loopDelayMs: () => number;
}

/** A request that was let in. Every call beyond the first of `leave` does nothing. */
export interface Ticket {
  readonly priority: PriorityClass;
  /** The request waits for a job now: it needs memory and no work, so its place is free for others. One that waits for several says so for each. */
  park(): void;
  /** One of its waits is over. After the last there is work to do for it again; it was let in before, so it goes on at once. */
  unpark(): void;
  /** It has ended. `served`: with an answer, from whose time something can be learnt. */
  leave(served: boolean): void;
}

const WINDOW_MS = 100;
const LEAST_SAMPLES = 8;
const FIRST_LIMIT = 32;
const LEAST_LIMIT = 8;

/** Requests in flight: an adaptive limit for those that are worked on, and a fixed one for all. */
export class InFlight {
  private readonly all: ClassGate;
  private readonly active: ClassGate;
  private readonly gradient: GradientLimit;
  private window = { endsAt: -Infinity, sumMs: 0, samples: 0, peak: 0, refused: false };

  constructor(private readonly options: InFlightOptions) {
    const { shares, most } = options;
    this.all = new ClassGate(shares);
    this.active = new ClassGate(shares);
    this.gradient = new GradientLimit({ least: LEAST_LIMIT, most, first: FIRST_LIMIT });
  }

  /** All requests in flight. */
  get total(): number {
    return this.all.total;
  }

  /**
   * What the autoscaler divides {@link total} by: the fixed limit, or less where the adaptive one is nearer, so that the quotient is the
   * utilisation of the tighter of the two.
   */
  get limit(): number {
    const { most } = this.options;
    const used = Math.max(this.active.total / this.gradient.limit, this.total / most);
    return used === 0 ? this.gradient.limit : Math.max(1, Math.round(this.total / used));
  }

  /** Undefined where the request has to be refused. */
  enter(priority: PriorityClass): Ticket | undefined {
    if (!this.all.enter(priority, this.options.most)) return undefined;
    if (this.active.enter(priority, this.gradient.limit)) return this.ticket(priority);
    this.all.leave(priority);
    this.window.refused = true;
    return undefined;
  }

  private ticket(priority: PriorityClass): Ticket {
    this.window.peak = Math.max(this.window.peak, this.active.total);
    const arrived = this.options.now();
    let waits = 0;
    let parkedAt = arrived;
    let parkedMs = 0;
    let isIn = true;
    const unpark = (ended = 1) => {
      if (waits === 0) return;
      waits = Math.max(0, waits - ended);
      if (waits > 0) return;
      parkedMs += this.options.now() - parkedAt;
      this.active.enter(priority, Infinity);
    };
    return {
      priority,
      park: () => {
        if (!isIn) return;
        waits += 1;
        if (waits > 1) return;
        parkedAt = this.options.now();
        this.active.leave(priority);
      },
      unpark: () => {
        unpark();
      },
      leave: (served) => {
        if (!isIn) return;
        unpark(waits);
        isIn = false;
        this.all.leave(priority);
        this.active.leave(priority);
        if (served) this.learn(this.options.now() - arrived - parkedMs);
      },
    };
  }

  private learn(workedMs: number): void {
    const { window } = this;
    window.sumMs += workedMs;
    window.samples += 1;
    const now = this.options.now();
    if (now < window.endsAt || window.samples < LEAST_SAMPLES) return;
    const latencyMs = window.sumMs / window.samples + this.options.loopDelayMs();
    this.gradient.observe({ latencyMs, peak: window.peak, refused: window.refused });
    this.window = { endsAt: now + WINDOW_MS, sumMs: 0, samples: 0, peak: this.active.total, refused: false };
  }
}
