import { Controller, Get, Inject, Req, Res } from '@nestjs/common';
import type { JobAnswer } from '@tagservice/contracts';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { hangUpSignal } from '../http/hang-up.ts';
import { readPreferences } from '../http/prefer.ts';
import { Problem } from '../http/problem.error.ts';
import { refuseUnknown } from '../http/query.ts';
import type { Query } from '../http/query.ts';
import { NeedsScope } from '../identity/access.ts';
import { jobOfCaller, openJobHandle } from '../identity/job-handles.ts';
import { PORTS } from '../ports.ts';
import type { ApiPorts } from '../ports.ts';
import { JobWatch } from './job-watch.ts';

type JobRequest = FastifyRequest<{ Params: { readonly id: string }; Querystring: Query }>;

@Controller('v1/jobs')
export class JobsController {
  constructor(
    @Inject(PORTS) private readonly ports: ApiPorts,
    private readonly watch: JobWatch,
  ) {}

  /** The job as it is; with `Prefer: wait=n` the answer comes when the job has ended, or after that time. */
  @Get(':id')
  @NeedsScope('tags:read')
  async job(@Req() request: JobRequest, @Res() reply: FastifyReply): Promise<void> {
    refuseUnknown(request.query, []);
    const prefer = readPreferences(request.headers['prefer'], this.ports.policy.deadlineMs);
    const deadline = this.ports.clock.now() + (prefer.applied === undefined ? 0 : prefer.waitMs);
    const id = openJobHandle(request, request.params.id);
    if (id === undefined) throw new Problem('JOB_NOT_FOUND');
    const job = await this.watch.wait(id, { deadline, signal: hangUpSignal(reply), ticket: request.ticket });
    if (job === undefined) throw new Problem('JOB_NOT_FOUND');
    const done = job.status === 'done' ? { result: `/v1/tags?url=${encodeURIComponent(job.url)}` } : {};
    const answer: JobAnswer = { ...jobOfCaller(request, job), ...done };
    if (job.status === 'queued' || job.status === 'running') void reply.header('retry-after', '1');
    if (prefer.applied !== undefined) void reply.header('preference-applied', prefer.applied);
    void reply.header('cache-control', 'no-store').type('application/json').send(JSON.stringify(answer));
  }
}
