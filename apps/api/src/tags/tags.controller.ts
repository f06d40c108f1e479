import { Controller, Get, Inject, Query, Req, Res } from '@nestjs/common';
import { tagsQuerySchema } from '@tagservice/contracts';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AnswersRefused } from '../admission/admission.ts';
import { sendAccepted } from '../http/accepted.ts';
import { hangUpSignal } from '../http/hang-up.ts';
import { readPreferences } from '../http/prefer.ts';
import type { Problem } from '../http/problem.error.ts';
import { readQuery } from '../http/query.ts';
import type { Query as QueryMap } from '../http/query.ts';
import { sendProblem } from '../http/send-problem.ts';
import { NeedsScope } from '../identity/access.ts';
import { failureOf } from '../jobs/job-failure.ts';
import { PORTS } from '../ports.ts';
import type { ApiPorts } from '../ports.ts';
import { FindTags } from './find-tags.use-case.ts';
import type { FoundTags } from './find-tags.use-case.ts';
import { PageSender } from './page-sender.ts';

@Controller('v1/tags')
export class TagsController {
  constructor(
    @Inject(PORTS) private readonly ports: ApiPorts,
    private readonly findTags: FindTags,
    private readonly pages: PageSender,
  ) {}

  @Get()
  @NeedsScope('tags:read')
  @AnswersRefused()
  tagsOfUrl(
    @Query() query: QueryMap,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): void | Promise<void> {
    const { url } = readQuery(tagsQuerySchema, query);
    if (request.refusal !== null) {
      this.sendRemembered(url, request.refusal, reply);
      return;
    }
    const prefer = readPreferences(request.headers['prefer'], this.ports.policy.deadlineMs);
    const deadline = this.ports.clock.now() + prefer.waitMs;
    const found = this.findTags.find(url, () => ({
      deadline,
      signal: hangUpSignal(reply),
      ticket: request.ticket,
    }));
    if (prefer.applied !== undefined) void reply.header('preference-applied', prefer.applied).header('vary', 'prefer');
    const send = (tags: FoundTags): void => {
      this.send(reply, tags);
    };
    if (found instanceof Promise) return found.then(send);
    send(found);
  }

  /** In place of a refusal, what is at hand: it costs no more, and serves the caller better. */
  private sendRemembered(url: string, refusal: Problem, reply: FastifyReply): void {
    const found = this.findTags.remembered(url);
    if (found === undefined) sendProblem(reply, refusal);
    else this.pages.send(reply, found);
  }

  private send(reply: FastifyReply, found: FoundTags): void {
    if (found.kind === 'page') {
      this.pages.send(reply, found);
      return;
    }
    this.ports.metrics.answeredFrom(found.kind);
    if (found.kind === 'accepted') sendAccepted(reply, found.job);
    else throw failureOf(found, this.ports.clock.now());
  }
}
