/** What one request to a host showed. */
export type HostOutcome =
  /** `answered`: it works; `failed`: it cannot be reached or says that it is broken; `void`: nothing was learned. */
  | { readonly kind: 'answered' | 'failed' | 'void' }
  /** It works and wants to be left alone for so long, in milliseconds. */
  | { readonly kind: 'rest'; readonly ms: number };

/** The right to send one request, until it is released or its lease is over. */
export interface HostGrant {
  readonly ok: true;
  /** Gives the place to the next in line. Does not wait and does not fail: a place that cannot be given back is free when its lease ends. */
  release(outcome: HostOutcome): void;
}

/** Why a host may not be asked in the time that is worth waiting. */
export interface HostRefusal {
  readonly ok: false;
  /** `busy`: the line is too long; `resting`: the host asked to be left alone; `broken`: it failed too often, its circuit is open. */
  readonly reason: 'busy' | 'resting' | 'broken';
  /** When it is worth asking again, in milliseconds from now. */
  readonly retryAfterMs: number;
}

/**
 * Politeness towards hosts over all processes that share a gate: so many requests at a time, so much time between two, peace where a host
 * asks for it, and a circuit breaker where it fails. Who comes first is served first. After the failures of `breaker.failures` in a row the
 * circuit opens; when its time is over, one request tries (half open): success closes it, failure opens it for twice as long, up to the most,
 * of which a random half is taken off.
 */
export interface HostGate {
  /**
   * Waits at most {@link HostLimits.mostWaitMs}; a refusal comes at once where the wait would be longer. An aborted signal ends the wait with
   * a refusal.
   *
   * @throws StoreUnavailable where the shared state cannot be reached
   */
  acquire(host: string, signal: AbortSignal): Promise<HostGrant | HostRefusal>;
  close(): Promise<void>;
}

/** Limits of one host; times in milliseconds. */
export interface HostLimits {
  /** Requests at the same time. */
  readonly concurrency: number;
  /** Between the beginnings of two requests. */
  readonly intervalMs: number;
  /** How long a request may wait in line. */
  readonly mostWaitMs: number;
  /** After this a place counts as given back: its holder has died. Longer than any request may take. */
  readonly leaseMs: number;
  readonly breaker: { readonly failures: number; readonly firstMs: number; readonly mostMs: number };
}

/** The longest peace that a host can ask for. */
export const LONGEST_REST_MS = 86_400_000;
