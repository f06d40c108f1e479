import { context, trace } from '@opentelemetry/api';
import type { FastifyReply } from 'fastify';
import { namingFor } from '../jobs/job-names.ts';
import type { Problem } from './problem.error.ts';

/** The id of the trace that this work belongs to, under which the log has the details. */
export function traceOf(): string | undefined {
  return trace.getSpanContext(context.active())?.traceId;
}

/** Answers with a problem; the body names the trace under which the log has the details. */
export function sendProblem(reply: FastifyReply, problem: Problem): void {
  void reply
    .code(problem.status)
    .headers(problem.headers())
    .type('application/problem+json')
    .send(JSON.stringify(problem.body(traceOf(), namingFor(reply.request))));
}
