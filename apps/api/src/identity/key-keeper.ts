import type { Clock, Logger } from '@tagservice/service-kit';
import { readKeySet } from './key-set.ts';
import type { KeySet } from './key-set.ts';
import { KeysUnavailable } from './token-refused.error.ts';

/** Where the text of a key set comes from, and how often it is looked at. */
export interface KeySource {
  /** Rejects when it cannot be read in time, or is too large. */
  read(): Promise<string>;
  /** Looked at again after this time, beside the work, in milliseconds. */
  readonly maximumAgeMs: number;
  /** Least time between two looks, whoever asks for them: what an attacker who invents key ids can cause. */
  readonly coolDownMs: number;
}

export interface KeyKeeperOptions {
  readonly source: KeySource;
  readonly clock: Pick<Clock, 'now'>;
  readonly logger: Pick<Logger, 'info' | 'warn'>;
}

/** Callers who wait for a look at the source at the same time; a source that hangs must not hold more of them. */
const MOST_WAITING = 16;
/** While there is no key at all, every request needs one: sources are asked again this soon. */
const FIRST_RETRY_MS = 1_000;

/**
 * Keeps the keys: read once, looked at again as they age, so that a rotation needs no restart. A source that fails or that has become empty
 * changes nothing: the last good keys go on counting.
 */
export class KeyKeeper {
  private text: string | undefined;
  private set: KeySet | undefined;
  private lookedAt = -Infinity;
  private looking: Promise<void> | undefined;
  private waiting = 0;
  /** Grows with every change of the keys: what was verified before it may not be valid any more. */
  version = 0;

  constructor(private readonly options: KeyKeeperOptions) {}

  /** The keys as known now; looks again beside the work when they are old. @throws KeysUnavailable when there never were any */
  async keys(): Promise<KeySet> {
    this.refreshIfDue();
    if (this.set === undefined) await this.looking;
    if (this.set === undefined) throw new KeysUnavailable('there is no key to verify tokens with yet');
    return this.set;
  }

  /** Looks again beside the work when the keys are old. */
  refreshIfDue(): void {
    const age = this.options.clock.now() - this.lookedAt;
    if (age >= (this.set === undefined ? FIRST_RETRY_MS : this.options.source.maximumAgeMs)) void this.look();
  }

  /** The keys after a look at the source, for a key id that is not among them; without one where the last look was just now. */
  async renewed(): Promise<KeySet> {
    const cooledDown = this.options.clock.now() - this.lookedAt >= this.options.source.coolDownMs;
    if ((cooledDown || this.looking !== undefined) && this.waiting < MOST_WAITING) {
      this.waiting += 1;
      await this.look();
      this.waiting -= 1;
    }
    return this.keys();
  }

  private look(): Promise<void> {
    this.looking ??= this.lookOnce().finally(() => {
      this.looking = undefined;
    });
    return this.looking;
  }

  private async lookOnce(): Promise<void> {
    this.lookedAt = this.options.clock.now();
    try {
      this.take(await this.options.source.read());
    } catch (error) {
      this.options.logger.warn({ reason: error instanceof Error ? error.message : String(error) }, 'keys not read');
    }
  }

  private take(text: string): void {
    if (text === this.text) return;
    const set = readKeySet(text);
    if (set.skipped.length > 0) this.options.logger.warn({ skipped: [...new Set(set.skipped)] }, 'keys not used');
    if (set.keys.length === 0) return;
    this.text = text;
    this.set = set;
    this.version += 1;
    this.options.logger.info({ keys: set.keys.length }, 'keys taken');
  }
}
