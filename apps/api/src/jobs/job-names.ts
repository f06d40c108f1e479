import type { JobDocument } from '@tagservice/contracts';
import type { FastifyRequest } from 'fastify';
import { tenantOf } from '../http/tenant.ts';

/** Makes the name of a job for a tenant, and finds the job of a name; the server has one where tenants are told apart. */
interface JobHandles {
  seal(tenant: string, jobId: string): string;
  /** Undefined for a text that is no name of this tenant. */
  open(tenant: string, name: string): string | undefined;
}

/** A job as who asks may see it: under the name that is theirs. */
export type Naming = <Job extends Pick<JobDocument, 'id'>>(job: Job) => Job;

/** How jobs are named to who asks. */
export function namingFor(request: FastifyRequest): Naming {
  const handles = handlesOf(request);
  if (handles === undefined) return (job) => job;
  const tenant = tenantOf(request);
  return (job) => ({ ...job, id: handles.seal(tenant, job.id) });
}

/** The id of the job that who asks calls by this name; undefined where that is no name of theirs. */
export function jobIdOf(request: FastifyRequest, name: string): string | undefined {
  const handles = handlesOf(request);
  return handles === undefined ? name : handles.open(tenantOf(request), name);
}

function handlesOf({ server }: FastifyRequest): JobHandles | undefined {
  return (server as { readonly jobHandles?: JobHandles | null }).jobHandles ?? undefined;
}
