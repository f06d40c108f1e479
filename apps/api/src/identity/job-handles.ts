import { createHmac, timingSafeEqual } from 'node:crypto';

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
