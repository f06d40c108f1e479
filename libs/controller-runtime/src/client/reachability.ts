/**
 * A recovery is told every two seconds at most. What waits for it tries again at once: where some requests break and others are answered, it
 * would be told with every answer, and nothing that fails would wait any longer.
 */
const tellEveryMs = 2_000;

/** Knows whether the server answers, and tells when it does so again. Instants are milliseconds of a monotonic clock. */
export class Reachability {
  readonly #onRecovered: (silent: boolean) => void;
  #lost: 'no' | 'broken' | 'silent' = 'no';
  #answeredAt = Number.NEGATIVE_INFINITY;
  #toldAt = Number.NEGATIVE_INFINITY;

  constructor(onRecovered: (silent: boolean) => void) {
    this.#onRecovered = onRecovered;
  }

  /** Any answer at all came, be it a refusal. */
  answered(at: number): void {
    this.#answeredAt = at;
    if (this.#lost === 'no' || at < this.#toldAt + tellEveryMs) return;
    this.#toldAt = at;
    const silent = this.#lost === 'silent';
    this.#lost = 'no';
    this.#onRecovered(silent);
  }

  /** A connection broke or was refused. */
  broke(): void {
    if (this.#lost === 'no') this.#lost = 'broken';
  }

  /**
   * A request ran into its time limit. Answers whether the server says nothing at all: while others are answered, it is this one request
   * that is slow, an aggregated API perhaps.
   */
  timedOut(sentAt: number): boolean {
    if (this.#answeredAt >= sentAt) return false;
    this.#lost = 'silent';
    return true;
  }
}
