import type { JobAnswer, JobDocument } from '@tagservice/contracts';

/** A job as callers see it: once it is done, with the place of its result. */
export function jobAnswer(job: JobDocument): JobAnswer {
  return job.status === 'done' ? { ...job, result: `/v1/tags?url=${encodeURIComponent(job.url)}` } : job;
}
