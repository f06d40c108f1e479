/** A page that the store knows. */
export const pageUrl = 'https://example.org/articles/bees';
export const AUDIENCE = 'bench/overload';
/** Names the file with the public key in the environment of the server. */
export const KEYS_FILE_VARIABLE = 'BENCH_KEYS_FILE';

/** What is behind the API, and what a good answer is. */
export const LOAD = {
  /** 10 hands, 100 ms each: 100 answers a second, far below what the API itself can do, so that it can refuse ten times as many. */
  server: { hands: 10, serviceMs: 100 },
  capacity: 100,
  /** An answer that comes later is none. */
  deadlineMs: 1_000,
  /** Of the capacity, what critical requests ask for at any load: it fits into the share that they are sure of. */
  critical: 0.3,
  /** Of the rest. */
  bulk: 0.4,
} as const;
