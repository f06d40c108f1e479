/** How a reflector waits. */
export interface ReflectorTiming {
  /** The server is asked to close a watch after between so many seconds ... (480) */
  minWatchSeconds: number;
  /** ... and so many (720): spread, so that not all kinds reconnect together. */
  maxWatchSeconds: number;
  /** A watch that shows nothing for so long is taken for dead (80,000 ms: bookmarks come about once a minute). */
  silenceMs: number;
  /** A watch that has not shown for so long what is known to have happened is taken for dead (1,200 ms). */
  lagMs: number;
  /** A watch that the server closes sooner than this, without a single line, counts as a failure (1,000 ms). */
  shortestWatchMs: number;
  /** First and longest delay after failures (200 and 5,000 ms). */
  backoffMs: number;
  maxBackoffMs: number;
  /** Time limit of one page of a list; doubled when it was too short, up to a minute (8,000 ms). */
  pageMs: number;
  /** A refusal (403) is believed once it has lasted so long: right after its start a server refuses everybody for a moment (1,000 ms). */
  refusedMs: number;
}

export const reflectorTiming: ReflectorTiming = {
  minWatchSeconds: 480,
  maxWatchSeconds: 720,
  silenceMs: 80_000,
  lagMs: 1_200,
  shortestWatchMs: 1_000,
  backoffMs: 200,
  maxBackoffMs: 5_000,
  pageMs: 8_000,
  refusedMs: 1_000,
};
