import type { Committable } from '../dispatcher.ts';
import type { BusLogger } from '../log.ts';
import { reasonOf } from './failure.ts';

/** Where offsets come from and go to. */
export interface OffsetCommitterOptions {
  readonly commit: (offsets: readonly Committable[]) => Promise<void>;
  readonly pending: () => Committable[];
  readonly committed: (offsets: readonly Committable[]) => void;
  readonly logger: BusLogger;
}

/** At most so often, in milliseconds: what a crash repeats, against what commits cost the broker. */
const intervalMs = 50;

/** Pause after a commit that failed, as during a rebalance, in milliseconds. */
const retryMs = 500;

/** Commits offsets one request at a time, soon after they may be, and again while a commit fails. */
export class OffsetCommitter {
  readonly #options: OffsetCommitterOptions;
  #timer: NodeJS.Timeout | undefined;
  #current: Promise<void> | undefined;
  #lastCommitAt: number | undefined;
  #closed = false;

  constructor(options: OffsetCommitterOptions) {
    this.#options = options;
  }

  /** When the broker last confirmed a commit, in milliseconds since 1970. */
  get lastCommitAt(): number | undefined {
    return this.#lastCommitAt;
  }

  schedule(delayMs: number = intervalMs): void {
    if (this.#closed || this.#timer !== undefined) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      void this.flush();
    }, delayMs);
  }

  /** Commits what may be committed now, after the commit that is on its way. Never rejects. */
  async flush(): Promise<void> {
    await this.#current;
    this.#current ??= this.#commit().finally(() => {
      this.#current = undefined;
    });
    await this.#current;
  }

  /** A last flush; nothing is committed later. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await this.flush();
  }

  async #commit(): Promise<void> {
    const offsets = this.#options.pending();
    if (offsets.length === 0) return;
    try {
      await this.#options.commit(offsets);
      this.#options.committed(offsets);
      this.#lastCommitAt = Date.now();
    } catch (error) {
      this.#options.logger.debug({ reason: reasonOf(error) }, 'Offsets could not be committed; trying again');
      this.schedule(retryMs);
    }
  }
}
