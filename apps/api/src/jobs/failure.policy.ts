import { isProblemCode, problems } from '@tagservice/contracts';
import type { JobDocument, RetryAdvice } from '@tagservice/contracts';

const MINUTE_MS = 60_000;

/**
 * How long a failed page is left alone: `first` after one failure, twice as long after each further one, never longer than `most`. A
 * cause outside may pass within seconds; one that lies in the page stays until its owner changes it. A job is remembered for a day, so
 * `most` is less than that.
 */
const rests: Readonly<Partial<Record<RetryAdvice, { readonly first: number; readonly most: number }>>> = {
  later: { first: MINUTE_MS / 4, most: 60 * MINUTE_MS },
  never: { first: 10 * MINUTE_MS, most: 12 * 60 * MINUTE_MS },
};

/** Doubling has reached every `most` long before. */
const MOST_DOUBLINGS = 16;

/**
 * Before which instant (milliseconds since 1970) a page is not computed again after this job; undefined when it may be at once: the job
 * has not failed, or not for a reason of the page.
 */
export function retryAtMs(job: JobDocument, failuresBefore: number): number | undefined {
  if (job.status !== 'failed') return undefined;
  const rest = rests[adviceOf(job.error?.code ?? '')];
  if (rest === undefined) return undefined;
  const restMs = rest.first * 2 ** Math.min(failuresBefore, MOST_DOUBLINGS);
  return Date.parse(job.updatedAt) + Math.min(restMs, rest.most);
}

/** A code of a newer release is taken for a cause that passes. */
function adviceOf(code: string): RetryAdvice {
  if (!isProblemCode(code)) return 'later';
  // The page is not at fault when the job waited too long, or was never queued.
  if (code === 'JOB_EXPIRED' || problems[code].surface !== 'job') return 'now';
  return problems[code].retry;
}
