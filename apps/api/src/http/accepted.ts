import type { AcceptedAnswer, JobDocument } from '@tagservice/contracts';
import type { FastifyReply } from 'fastify';
import { namingFor } from '../jobs/job-names.ts';

/** When a caller should look at its job again, in seconds. */
const LOOK_AGAIN_SECONDS = 1;

/** 202: what is asked for is being made, and this is where to look. */
export function sendAccepted(reply: FastifyReply, accepted: JobDocument): void {
  const job = namingFor(reply.request)(accepted);
  const location = `/v1/jobs/${job.id}`;
  const answer: AcceptedAnswer = { job, location };
  void reply
    .code(202)
    .header('location', location)
    .header('retry-after', String(LOOK_AGAIN_SECONDS))
    .header('cache-control', 'no-store')
    .type('application/json')
    .send(JSON.stringify(answer));
}
