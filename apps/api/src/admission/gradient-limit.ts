/** Bounds of a limit, in requests. */
export interface GradientBounds {
  readonly least: number;
  readonly most: number;
  /** Where it begins: low, since what is measured first is taken for what an idle instance does. */
  readonly first: number;
}

/** What was seen in a stretch of time. */
export interface Observation {
  /** Mean time that requests were worked on, waiting for jobs left out and the delay of the event loop added, in milliseconds. */
  readonly latencyMs: number;
  /** Most requests that were worked on at the same time. */
  readonly peak: number;
  /** Whether a request was refused for the limit. */
  readonly refused: boolean;
}

/** Latencies below this are not told apart: what a cache answers and what Redis answers may alternate. */
const FLOOR_MS = 5;
/** So much longer than at rest may a request take before there are too many of them. */
const TOLERANCE = 1.5;
/** Requests that may queue where latency is at its best: what lets the limit grow. */
const QUEUE = 4;
const SMOOTHING = 0.2;
/** Of the difference to the latency at rest, what is learned from one observation: quickly to the better, slowly to the worse. */
const LEARN = { better: 0.5, worse: 0.02 } as const;

/** After so many observations of an overload the latency at rest is looked up anew: half a minute at ten a second. */
const LOOK_UP_AFTER = 300;
/** Observations of a look-up: the first still holds what was begun before it. */
const LOOK_UP_FOR = 2;

/**
 * How many requests are worked on at the same time, learned from their latency: after Gradient2 of Netflix' concurrency-limits, with one
 * difference. There the latency at rest is a long average, which an overload that lasts drags up until the limit follows the queue; here it rises only
 * while there is no overload. In one that lasts the limit is halved for a moment twice a minute, and what is seen then is the latency at rest: at
 * half of what makes requests half as slow again nothing queues. Pure: a rule over observations.
 */
export class GradientLimit {
  private exact: number;
  private restMs: number | undefined;
  private saturatedFor = 0;
  /** Observations until a look-up ends; 0 while there is none. */
  private lookUp = 0;

  constructor(private readonly bounds: GradientBounds) {
    this.exact = clamp(bounds.first, bounds);
  }

  /** The limit now, in whole requests. */
  get limit(): number {
    return Math.floor(this.lookUp > 0 ? clamp(this.exact / 2, this.bounds) : this.exact);
  }

  observe({ latencyMs, peak, refused }: Observation): void {
    const latency = Math.max(latencyMs, FLOOR_MS);
    if (this.lookUp > 0) {
      this.lookUp -= 1;
      if (this.lookUp === 0) this.restMs = latency;
      return;
    }
    this.learn(latency, refused || peak >= this.limit);
    // Half empty, it says nothing about what would happen with more.
    if (peak < this.exact / 2) return;
    const gradient = Math.min(1, Math.max(0.5, (TOLERANCE * (this.restMs ?? latency)) / latency));
    const wanted = this.exact * gradient + QUEUE;
    this.exact = clamp(this.exact + SMOOTHING * (wanted - this.exact), this.bounds);
  }

  private learn(latency: number, isSaturated: boolean): void {
    this.restMs ??= latency;
    const difference = latency - this.restMs;
    if (difference < 0) this.restMs += LEARN.better * difference;
    else if (!isSaturated) this.restMs += LEARN.worse * difference;
    this.saturatedFor = isSaturated ? this.saturatedFor + 1 : 0;
    if (this.saturatedFor < LOOK_UP_AFTER) return;
    this.saturatedFor = 0;
    this.lookUp = LOOK_UP_FOR;
  }
}

function clamp(value: number, { least, most }: GradientBounds): number {
  return Math.min(most, Math.max(Math.min(least, most), value));
}
