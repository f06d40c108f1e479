export interface BackoffOptions {
  /** First delay in milliseconds (5). */
  baseMs?: number;
  /** Longest delay in milliseconds (1,000,000). */
  maxMs?: number;
  /** Share of a delay that is random, 0..1 (0.2): 0.2 gives 80 % to 100 % of it. */
  jitter?: number;
  /** Source of randomness, 0 <= x < 1. */
  random?: () => number;
}

/** Exponential back-off: base, doubled per failure, capped, with jitter. */
export class Backoff {
  readonly #baseMs: number;
  readonly #maxMs: number;
  readonly #jitter: number;
  readonly #random: () => number;

  constructor(options: BackoffOptions = {}) {
    this.#baseMs = options.baseMs ?? 5;
    this.#maxMs = options.maxMs ?? 1_000_000;
    this.#jitter = options.jitter ?? 0.2;
    this.#random = options.random ?? Math.random;
  }

  /** The delay in milliseconds before the next attempt, after `failures` (1, 2, ...) in a row. */
  delay(failures: number): number {
    // Doubling a double never overflows to a wrong number: it saturates at Infinity, which the cap catches.
    const full = Math.min(this.#maxMs, this.#baseMs * 2 ** Math.max(0, failures - 1));
    return full * (1 - this.#jitter * this.#random());
  }
}
