import { Controller, Inject, Post, Req, Res } from '@nestjs/common';
import { batchRequestSchema, noQuerySchema } from '@tagservice/contracts';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { PartOf } from '../admission/features.ts';
import { sendAnswer } from '../http/answer.ts';
import type { Answer } from '../http/answer.ts';
import { readBody } from '../http/body.ts';
import { hangUpSignal } from '../http/hang-up.ts';
import { readPreferences } from '../http/prefer.ts';
import { readQuery } from '../http/query.ts';
import type { Query } from '../http/query.ts';
import { traceOf } from '../http/send-problem.ts';
import { NeedsScope } from '../identity/access.ts';
import { callerOf } from '../identity/caller.ts';
import { Idempotency } from '../idempotency/idempotency.ts';
import { namingFor } from '../jobs/job-names.ts';
import { PORTS } from '../ports.ts';
import type { ApiPorts } from '../ports.ts';
import { FindBatch, writeBatch } from './find-batch.use-case.ts';
import type { BatchOutcome } from './find-batch.use-case.ts';

type BatchHttpRequest = FastifyRequest<{ Querystring: Query }>;

@Controller()
export class BatchController {
  constructor(
    @Inject(PORTS) private readonly ports: ApiPorts,
    private readonly findBatch: FindBatch,
    private readonly idempotency: Idempotency,
  ) {}

  /** Two colons: the router takes one for the begin of a parameter. */
  @Post('v1/tags::batch')
  @NeedsScope('tags:read')
  @PartOf('batch')
  async tagsOfUrls(@Req() request: BatchHttpRequest, @Res() reply: FastifyReply): Promise<void> {
    readQuery(noQuerySchema, request.query);
    const { urls } = readBody(batchRequestSchema, request.body);
    const repeatable = {
      tenant: callerOf(request).tenant,
      key: request.headers['idempotency-key'] as string | undefined,
      target: 'POST /v1/tags:batch',
      body: { urls },
    };
    sendAnswer(reply, await this.idempotency.run(repeatable, () => this.answer(urls, request, reply)));
  }

  private async answer(urls: readonly string[], request: FastifyRequest, reply: FastifyReply): Promise<Answer> {
    const prefer = readPreferences(request.headers['prefer'], this.ports.policy.deadlineMs);
    const deadline = this.ports.clock.now() + prefer.waitMs;
    const patience = { deadline, signal: hangUpSignal(reply), ticket: request.ticket };
    const outcomes = await this.findBatch.find(urls, patience);
    for (const outcome of outcomes) this.ports.metrics.answeredFrom(sourceOf(outcome));
    refuseWhenNothingWorks(outcomes);
    const applied = prefer.applied === undefined ? {} : { 'preference-applied': prefer.applied, vary: 'prefer' };
    return {
      status: 200,
      headers: { 'cache-control': 'no-store', ...applied },
      body: writeBatch(urls, outcomes, { name: namingFor(request), traceId: traceOf() }),
    };
  }
}

function sourceOf(outcome: BatchOutcome) {
  if ('problem' in outcome) return 'failed';
  return outcome.found.kind === 'page' ? outcome.found.source : outcome.found.kind;
}

/** Where each URL would have been refused with 503, so is the batch: then Retry-After and every client's retry work as usual. */
function refuseWhenNothingWorks(outcomes: readonly BatchOutcome[]): void {
  const [first] = outcomes;
  const refused = outcomes.every((outcome) => 'problem' in outcome && outcome.problem.status === 503);
  if (refused && first !== undefined && 'problem' in first) throw first.problem;
}
