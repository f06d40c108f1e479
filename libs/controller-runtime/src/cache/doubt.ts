import type { CancelTimer, Clock } from '../clock/clock.ts';

export interface DoubtOptions {
  clock: Clock;
  /** How long a watch may take to show what is known to have happened. */
  lagMs: number;
  /** What is shown is not so, and no watch has told: only a list can. */
  confirmed: () => void;
}

/** However often the server contradicts a cache, it is not asked for a list more often than this. */
const listEveryMs = 10_000;

/**
 * What is shown contradicts what the server has answered, which named no version: that of a deletion is not known to whoever is told 404.
 * Where the watch has not put it right after a while, a list has to.
 */
export class Doubt {
  readonly #options: DoubtOptions;
  #stand: (() => boolean)[] = [];
  #cancel: CancelTimer | undefined;
  #confirmedAt = Number.NEGATIVE_INFINITY;

  constructor(options: DoubtOptions) {
    this.#options = options;
  }

  /** `stands`: whether what is shown is still what was contradicted. */
  raise(stands: () => boolean): void {
    const { clock, lagMs } = this.#options;
    if (clock.monotonic() < this.#confirmedAt + listEveryMs) return;
    this.#stand.push(stands);
    this.#cancel ??= clock.after(lagMs, () => {
      this.#judge();
    });
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#stand = [];
  }

  #judge(): void {
    const stands = this.#stand.some((one) => one());
    this.stop();
    if (!stands) return;
    this.#confirmedAt = this.#options.clock.monotonic();
    this.#options.confirmed();
  }
}
