import { createHmac, timingSafeEqual } from 'node:crypto';
import type { JobDocument } from '@tagservice/contracts';
import type { FastifyRequest } from 'fastify';

declare module 'fastify' {
  interface FastifyInstance {
    /** Null where all callers are one tenant. */
    jobHandles: JobHandles | null;
  }
}

/** 128 bits: nobody tries them out against a service that counts requests. */
const MAC_HEX = 32;
const form = /^([0-9a-f]{32}-[0-9a-f]{16})-([0-9a-f]{32})$/;

/**
 * Names of jobs for tenants. One job serves all who ask for a page at the same time, so it belongs to nobody; what a tenant holds is its name for
 * the job, signed for that tenant, and under another tenant's name there is no such job.
 */
export class JobHandles {
  /** `key`: the same in all instances, and known to no caller. */
  constructor(private readonly key: Uint8Array) {}

  /** The name of a job to this tenant. */
  seal(tenant: string, jobId: string): string {
    return `${jobId}-${this.mac(tenant, jobId)}`;
  }

  /** The job of a name that was made for this tenant; undefined for every other text. */
  open(tenant: string, handle: string): string | undefined {
    const [, jobId = '', given = ''] = form.exec(handle) ?? [];
    if (jobId === '') return undefined;
    const isOurs = timingSafeEqual(Buffer.from(given), Buffer.from(this.mac(tenant, jobId)));
    return isOurs ? jobId : undefined;
  }

  private mac(tenant: string, jobId: string): string {
    return createHmac('sha256', this.key).update(`${jobId}\0${tenant}`).digest('hex').slice(0, MAC_HEX);
  }
}

/** The name of a job to who asks. */
export function jobHandle(request: FastifyRequest, jobId: string): string {
  const { jobHandles } = request.server;
  return jobHandles === null || request.caller === null ? jobId : jobHandles.seal(request.caller.tenant, jobId);
}

/** The job as who asks may see it. */
export function jobOfCaller(request: FastifyRequest, job: JobDocument): JobDocument {
  return { ...job, id: jobHandle(request, job.id) };
}

/** The id of the job that who asks calls by this name; undefined where that is no name of theirs. */
export function openJobHandle(request: FastifyRequest, handle: string): string | undefined {
  const { jobHandles } = request.server;
  if (jobHandles === null) return handle;
  return request.caller === null ? undefined : jobHandles.open(request.caller.tenant, handle);
}
