import { isProblemCode } from '@tagservice/contracts';
import type { JobDocument } from '@tagservice/contracts';
import { Problem } from '../http/problem.error.ts';

/** A job that failed, and until when (milliseconds since 1970) nobody tries again. */
export interface Failure {
  readonly job: JobDocument;
  readonly retryAtMs?: number;
}

/** Why a job failed, as the answer to the one who asked for it; `nowMs` is milliseconds since 1970. */
export function failureOf({ job, retryAtMs }: Failure, nowMs: number): Problem {
  const { code = 'ATTEMPTS_EXHAUSTED', detail = '' } = job.error ?? {};
  const known = isProblemCode(code) ? code : 'ATTEMPTS_EXHAUSTED';
  const notes = { detail, job: job.id };
  if (retryAtMs === undefined) return new Problem(known, notes);
  const seconds = Math.max(1, Math.ceil((retryAtMs - nowMs) / 1000));
  const headers = { 'retry-after': String(seconds) };
  return new Problem(known, { ...notes, retryAt: new Date(retryAtMs).toISOString(), headers });
}
