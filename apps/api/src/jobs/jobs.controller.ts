import { Controller, Get, Inject, Req, Res } from '@nestjs/common';
import { noQuerySchema } from '@tagservice/contracts';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { PartOf } from '../admission/features.ts';
import { hangUpSignal } from '../http/hang-up.ts';
import { readPreferences } from '../http/prefer.ts';
import { Problem } from '../http/problem.error.ts';
import { readQuery } from '../http/query.ts';
import type { Query } from '../http/query.ts';
import { NeedsScope } from '../identity/access.ts';
import { Produces } from '../manners/accept.ts';
import { PORTS } from '../ports.ts';
import type { ApiPorts } from '../ports.ts';
import { sendEvents } from './event-stream.ts';
import { jobAnswer } from './job-answer.ts';
import { JobEvents } from './job-events.ts';
import { jobIdOf, namingFor } from './job-names.ts';
import { JobWatch } from './job-watch.ts';

type JobRequest = FastifyRequest<{ Params: { readonly id: string }; Querystring: Query }>;

@Controller('v1/jobs')
export class JobsController {
  constructor(
    @Inject(PORTS) private readonly ports: ApiPorts,
    private readonly watch: JobWatch,
    private readonly events: JobEvents,
  ) {}

  /** The job whenever it changes, as server-sent events, until it has ended. */
  @Get(':id/events')
  @NeedsScope('tags:read')
  @PartOf('events')
  @Produces('text/event-stream')
  async jobEvents(@Req() request: JobRequest, @Res() reply: FastifyReply): Promise<void> {
    readQuery(noQuerySchema, request.query);
    if (request.method === 'HEAD') {
      void reply.type('text/event-stream').send();
      return;
    }
    const seen = request.headers['last-event-id'];
    const job = { id: idOf(request), name: namingFor(request) };
    const following = await this.events.follow(job, typeof seen === 'string' ? seen : undefined);
    if (following === 'nothing-left') {
      void reply.code(204).header('cache-control', 'no-store').send();
      return;
    }
    // Most of the time a stream waits: its place is free for others; how many streams there are is bounded by itself.
    request.ticket?.park();
    await sendEvents(reply, following);
  }

  /** The job as it is; with `Prefer: wait=n` the answer comes when the job has ended, or after that time. */
  @Get(':id')
  @NeedsScope('tags:read')
  async job(@Req() request: JobRequest, @Res() reply: FastifyReply): Promise<void> {
    readQuery(noQuerySchema, request.query);
    const prefer = readPreferences(request.headers['prefer'], this.ports.policy.deadlineMs);
    const deadline = this.ports.clock.now() + (prefer.applied === undefined ? 0 : prefer.waitMs);
    const patience = { deadline, signal: hangUpSignal(reply), ticket: request.ticket };
    const job = await this.watch.wait(idOf(request), patience);
    if (job === undefined) throw new Problem('JOB_NOT_FOUND');
    if (job.status === 'queued' || job.status === 'running') void reply.header('retry-after', '1');
    if (prefer.applied !== undefined) void reply.header('preference-applied', prefer.applied);
    void reply
      .header('cache-control', 'no-store')
      .type('application/json')
      .send(JSON.stringify(jobAnswer(namingFor(request)(job))));
  }
}

/** @throws Problem JOB_NOT_FOUND for a name of somebody else, as for one that never was */
function idOf(request: JobRequest): string {
  const id = jobIdOf(request, request.params.id);
  if (id === undefined) throw new Problem('JOB_NOT_FOUND');
  return id;
}
