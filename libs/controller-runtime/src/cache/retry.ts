import { ApiError } from '../client/errors.ts';
import { pause, type Clock } from '../clock/clock.ts';
import type { Logger } from '../logger.ts';
import { Backoff } from '../queue/backoff.ts';

export interface RetryOptions {
  clock: Clock;
  log: Logger;
  backoffMs: number;
  maxBackoffMs: number;
  random: () => number;
}

/** The waits between failed attempts of one thing: longer and longer, as long as a server asks, and over at once when told so. */
export class Retry {
  readonly #options: RetryOptions;
  readonly #backoff: Backoff;
  #failures = 0;
  #waiting: { abort: AbortController; asked: boolean } | undefined;

  constructor(options: RetryOptions) {
    this.#options = options;
    const { backoffMs: baseMs, maxBackoffMs: maxMs, random } = options;
    this.#backoff = new Backoff({ baseMs, maxMs, jitter: 0.5, random });
  }

  /** Failures in a row. */
  get failures(): number {
    return this.#failures;
  }

  succeeded(): void {
    this.#failures = 0;
  }

  /** Counts a failure without waiting. */
  failed(): void {
    this.#failures += 1;
  }

  /** Counts a failure and waits. */
  async wait(error: unknown, signal: AbortSignal): Promise<void> {
    this.#failures += 1;
    const asked = error instanceof ApiError ? (error.retryAfterMs ?? 0) : 0;
    const delay = Math.max(asked, this.#backoff.delay(this.#failures));
    const { log, clock } = this.#options;
    log.warn({ err: error, delayMs: Math.round(delay), failures: this.#failures }, 'watch interrupted');
    const abort = new AbortController();
    const onAbort = (): void => {
      abort.abort();
    };
    signal.addEventListener('abort', onAbort, { once: true });
    this.#waiting = { abort, asked: asked > 0 };
    try {
      if (!signal.aborted) await pause(clock, delay, abort.signal);
    } finally {
      this.#waiting = undefined;
      signal.removeEventListener('abort', onAbort);
    }
  }

  /** Ends a running wait, unless it is the server that asked for it. */
  wake(): void {
    if (this.#waiting?.asked === false) this.#waiting.abort.abort();
  }
}
