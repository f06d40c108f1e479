import { isProblemCode } from '@tagservice/contracts';
import type { JobDocument } from '@tagservice/contracts';
import { Problem } from '../http/problem.error.ts';

/** Why a job failed, as the answer to the one who waited for it; `retryAtMs` (since 1970) is when it may be asked for again. */
export function failureOf(job: JobDocument, retryAtMs?: number, nowMs?: number): Problem {
  const { code = 'ATTEMPTS_EXHAUSTED', detail = '' } = job.error ?? {};
  const notes = { detail, job: job.id };
  const known = isProblemCode(code) ? code : 'ATTEMPTS_EXHAUSTED';
  if (retryAtMs === undefined || nowMs === undefined) return new Problem(known, notes);
  const seconds = Math.max(1, Math.ceil((retryAtMs - nowMs) / 1000));
  return new Problem(known, {
    ...notes,
    retryAt: new Date(retryAtMs).toISOString(),
    headers: { 'retry-after': String(seconds) },
  });
}
