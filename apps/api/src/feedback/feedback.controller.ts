import { Controller, Inject, Post, Req, Res } from '@nestjs/common';
import { feedbackRequestSchema, noQuerySchema } from '@tagservice/contracts';
import type { FeedbackAnswer, FeedbackRequest } from '@tagservice/contracts';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { PartOf } from '../admission/features.ts';
import { sendAnswer } from '../http/answer.ts';
import type { Answer } from '../http/answer.ts';
import { readBody } from '../http/body.ts';
import { readQuery } from '../http/query.ts';
import type { Query } from '../http/query.ts';
import { NeedsScope } from '../identity/access.ts';
import { callerOf } from '../identity/caller.ts';
import { Idempotency } from '../idempotency/idempotency.ts';
import { PORTS } from '../ports.ts';
import type { ApiPorts } from '../ports.ts';
import { canonicalPage } from '../tags/canonical-page.ts';
import { tagName } from '../urls/tag-name.ts';

@Controller()
export class FeedbackController {
  constructor(
    @Inject(PORTS) private readonly ports: ApiPorts,
    private readonly idempotency: Idempotency,
  ) {}

  /** One verdict per tenant, page and tag: given again it is the same one, given otherwise it replaces the former. */
  @Post('v1/feedback')
  @NeedsScope('feedback:write')
  @PartOf('feedback')
  async feedback(@Req() request: FastifyRequest<{ Querystring: Query }>, @Res() reply: FastifyReply): Promise<void> {
    readQuery(noQuerySchema, request.query);
    const body = readBody(feedbackRequestSchema, request.body);
    const { tenant } = callerOf(request);
    const key = request.headers['idempotency-key'] as string | undefined;
    const repeatable = { tenant, key, target: 'POST /v1/feedback', body };
    sendAnswer(reply, await this.idempotency.run(repeatable, () => this.record(tenant, body)));
  }

  private async record(tenant: string, body: FeedbackRequest): Promise<Answer> {
    const { url, hash } = canonicalPage(body.url);
    const kept = await this.ports.side.feedback.record({
      ...{ tenant, url, urlHash: hash, tag: tagName(body.tag), verdict: body.verdict },
      recordedAt: new Date(this.ports.clock.now()).toISOString(),
    });
    this.ports.metrics.verdicts.inc({ verdict: kept.verdict });
    const { tag, verdict, recordedAt } = kept;
    const answer: FeedbackAnswer = { url, tag, verdict, recordedAt };
    return { status: 200, headers: { 'cache-control': 'no-store' }, body: JSON.stringify(answer) };
  }
}
