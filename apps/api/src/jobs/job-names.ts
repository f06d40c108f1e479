import type { JobDocument } from '@tagservice/contracts';
import type { FastifyRequest } from 'fastify';
import { callerOf } from '../identity/caller.ts';

/** A job as who asks may see it: under the name that is theirs. */
export type Naming = <Job extends Pick<JobDocument, 'id'>>(job: Job) => Job;

/** Where all callers are one tenant, the name of a job is its id. */
export const byId: Naming = (job) => job;

/** How jobs are named to who asks: the only way from the id of a job into an answer. */
export function namingFor(request: FastifyRequest): Naming {
  return (job) => {
    const { jobHandles } = request.server;
    return jobHandles === null ? byId(job) : { ...job, id: jobHandles.seal(callerOf(request).tenant, job.id) };
  };
}

/** The id of the job that who asks calls by this name; undefined where that is no name of theirs. */
export function jobIdOf(request: FastifyRequest, name: string): string | undefined {
  const { jobHandles } = request.server;
  return jobHandles === null ? name : jobHandles.open(callerOf(request).tenant, name);
}
