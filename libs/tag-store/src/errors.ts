/**
 * Why the store cannot be used:
 * - `unreachable`: it does not answer, or answers that it cannot (loading, not the primary);
 * - `full`: its memory is used up. It refuses what would need more and goes on answering reads;
 * - `evicting`: it is set to drop keys when its memory is used up, so nothing that it holds is safe;
 * - `busy`: more commands wait for it than this process keeps;
 * - `closed`: this process has closed it.
 */
export type StoreTrouble = 'unreachable' | 'full' | 'evicting' | 'busy' | 'closed';

/** What is known beside the reason. */
export interface StoreUnavailableOptions extends ErrorOptions {
  /** Default `unreachable`. */
  readonly trouble?: StoreTrouble;
  /** After so many milliseconds it is asked again; before that every call fails at once. */
  readonly retryAfterMs?: number;
}

/** The store does not answer, or refuses everything. The message names the address and the cause. */
export class StoreUnavailable extends Error {
  override readonly name = 'StoreUnavailable';
  /** Host and port; never the credentials. */
  readonly address: string;
  readonly trouble: StoreTrouble;
  /** Present while the breaker is open. */
  readonly retryAfterMs: number | undefined;

  constructor(address: string, reason: string, options: StoreUnavailableOptions = {}) {
    super(`Redis at ${address}: ${reason}`, options);
    this.address = address;
    this.trouble = options.trouble ?? 'unreachable';
    this.retryAfterMs = options.retryAfterMs;
  }
}

/** A job id that is not of the form of `newJobId`, or that belongs to another URL. */
export class InvalidJobId extends Error {
  override readonly name = 'InvalidJobId';

  constructor(jobId: string) {
    super(`Not a job id of this URL: ${jobId.slice(0, 80)}`);
  }
}

/** A cursor of `urlsOfTag` that was not given out by it. */
export class InvalidCursor extends Error {
  override readonly name = 'InvalidCursor';

  constructor() {
    super('The cursor is not valid');
  }
}

/** A place in a topic that is none: a partition below 0, or an offset that is no decimal number of up to 19 digits. */
export class InvalidPosition extends Error {
  override readonly name = 'InvalidPosition';

  constructor(position: { readonly partition: number; readonly offset: string }) {
    super(`Not a place in a topic: partition ${String(position.partition)}, offset ${position.offset.slice(0, 40)}`);
  }
}
