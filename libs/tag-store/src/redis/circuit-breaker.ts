/** What a breaker does, and when. */
export interface BreakerOptions {
  /** Failures in a row that open it. */
  readonly failures: number;
  /** Pause before the first trial, in milliseconds; it doubles with each trial that fails. */
  readonly firstMs: number;
  /** Longest pause. */
  readonly mostMs: number;
  /** Milliseconds of a clock that never goes back. Default `performance.now`. */
  readonly now?: () => number;
  /** Takes up to half off a pause, so that many processes do not come back together. Default `Math.random`. */
  readonly random?: () => number;
  /** Told of each change. */
  readonly onChange?: (state: BreakerState) => void;
}

/** `closed`: calls pass; `open`: they are refused; `half-open`: one of them passes as a trial. */
export type BreakerState = 'closed' | 'open' | 'half-open';

/** Whether a call may pass; otherwise in how many milliseconds the next trial may. */
export type Admission = { readonly passes: true } | { readonly passes: false; readonly retryAfterMs: number };

const passes: Admission = { passes: true };

/**
 * Spares a server that does not answer, and those who would wait for it: after some failures in a row calls fail at once, until a
 * single one finds it well again.
 */
export class CircuitBreaker {
  readonly #options: BreakerOptions;
  readonly #now: () => number;
  readonly #random: () => number;
  #state: BreakerState = 'closed';
  #failures = 0;
  #trials = 0;
  #openUntil = 0;

  constructor(options: BreakerOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
    this.#random = options.random ?? Math.random;
  }

  get state(): BreakerState {
    return this.#state;
  }

  /** Asks for a call. Who passes must say how it ended: {@link succeeded} or {@link failed}. */
  admit(): Admission {
    if (this.#state === 'closed') return passes;
    const leftMs = this.#openUntil - this.#now();
    if (leftMs > 0) return { passes: false, retryAfterMs: Math.ceil(leftMs) };
    // Should the trial never be heard of again, the next one may follow after the longest pause.
    this.#openUntil = this.#now() + this.#options.mostMs;
    this.#change('half-open');
    return passes;
  }

  /** A call was answered, or the server was found well in another way. */
  succeeded(): void {
    this.#failures = 0;
    this.#trials = 0;
    this.#change('closed');
  }

  /** A call that passed was not answered. Late ones of before the breaker opened change nothing. */
  failed(): void {
    if (this.#state === 'open') return;
    this.#failures += 1;
    if (this.#state === 'closed' && this.#failures < this.#options.failures) return;
    const { firstMs, mostMs } = this.#options;
    const pauseMs = Math.min(mostMs, firstMs * 2 ** Math.min(this.#trials, 20));
    this.#trials += 1;
    this.#openUntil = this.#now() + pauseMs * (0.5 + this.#random() / 2);
    this.#change('open');
  }

  #change(state: BreakerState): void {
    if (state === this.#state) return;
    this.#state = state;
    this.#options.onChange?.(state);
  }
}
