import { context, trace } from '@opentelemetry/api';
import type { FastifyReply } from 'fastify';
import { jobHandle } from '../identity/job-handles.ts';
import type { Problem } from './problem.error.ts';

/** Answers with a problem; the body names the trace under which the log has the details. */
export function sendProblem(reply: FastifyReply, problem: Problem): void {
  const traceId = trace.getSpanContext(context.active())?.traceId;
  void reply
    .code(problem.status)
    .headers(problem.headers())
    .type('application/problem+json')
    .send(JSON.stringify(problem.body(traceId, theirJob(reply, problem))));
}

function theirJob({ request }: FastifyReply, { notes: { job } }: Problem): { readonly job?: string } {
  return job === undefined ? {} : { job: jobHandle(request, job) };
}
