/** How much one tenant may do, over all instances. */
export interface QuotaLimits {
  /** Tokens that flow in, evenly. At least 1. */
  readonly perMinute: number;
  /** Most tokens that can be saved up. At least 1. */
  readonly burst: number;
}

/** What a bucket gave. */
export interface QuotaGrant {
  /** Tokens given, 0 up to what was wanted. */
  readonly granted: number;
  /** Whole tokens that are left for others. */
  readonly remaining: number;
  /** Milliseconds until there is one token; 0 while there is one. */
  readonly nextMs: number;
  /** Milliseconds until the bucket is full. */
  readonly fullMs: number;
}

/** Token buckets by key, shared by all instances. A bucket that nobody asks is full again. */
export interface Quota {
  /** Takes up to `wanted` tokens, as many as there are. @throws StoreUnavailable */
  take(key: string, wanted: number, limits: QuotaLimits): Promise<QuotaGrant>;
  /**
   * Says that this instance is there, and answers how many have said so in the last 30 s: at least 1.
   *
   * @throws StoreUnavailable
   */
  present(instance: string): Promise<number>;
  close(): Promise<void>;
}

/** After this time without a word an instance no longer counts, in milliseconds. */
export const PRESENT_MS = 30_000;
