/**
 * Whether asking again can help: `never` (the request itself is wrong), `after` (wait for Retry-After or a short while),
 * `later` (the cause is outside: the page, its host), `now` (safe to repeat at once).
 */
export type RetryAdvice = 'never' | 'now' | 'after' | 'later';

/** Where a code appears: in an HTTP answer, as the reason of a failed job, or as the reason of a dead letter. */
export type ProblemSurface = 'http' | 'job' | 'message';

/** One entry of the catalogue. */
export interface ProblemDefinition {
  readonly surface: ProblemSurface;
  /** HTTP status of the answer; for reasons of jobs, the status of an answer that reports it. */
  readonly status: number;
  /** What happened, the same words every time. */
  readonly title: string;
  /** Why it happens. */
  readonly cause: string;
  /** What the reader can do about it. */
  readonly remedy: string;
  readonly retry: RetryAdvice;
}
