import { Controller, Get, Inject, Query, Req, Res } from '@nestjs/common';
import { tagsQuerySchema } from '@tagservice/contracts';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AnswersRefused } from '../admission/admission.ts';
import { sendAccepted } from '../http/accepted.ts';
import { hangUpSignal } from '../http/hang-up.ts';
import { matchesEtag } from '../http/conditional.ts';
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

type FoundPage = Extract<FoundTags, { kind: 'page' }>;

@Controller('v1/tags')
export class TagsController {
  private readonly cacheControl: string;

  constructor(
    @Inject(PORTS) private readonly ports: ApiPorts,
    private readonly findTags: FindTags,
  ) {
    const { freshMs, staleMs, identity } = ports.policy;
    const [fresh, stale] = [freshMs, staleMs].map((ms) => String(Math.floor(ms / 1000)));
    // A cache on the way would give what needs a token to those who have none.
    const keeper = identity.mode === 'Anonymous' ? 'public' : 'private';
    this.cacheControl = `${keeper}, max-age=${String(fresh)}, stale-while-revalidate=${String(stale)}`;
  }

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
      this.send(reply, tags, request.headers['if-none-match']);
    };
    if (found instanceof Promise) return found.then(send);
    send(found);
  }

  /** In place of a refusal, what is at hand: it costs no more, and serves the caller better. */
  private sendRemembered(url: string, refusal: Problem, reply: FastifyReply): void {
    const found = this.findTags.remembered(url);
    if (found === undefined) sendProblem(reply, refusal);
    else this.send(reply, found, reply.request.headers['if-none-match']);
  }

  private send(reply: FastifyReply, found: FoundTags, ifNoneMatch: string | undefined): void {
    this.ports.metrics.answeredFrom(found.kind === 'page' ? found.source : found.kind);
    if (found.kind === 'page') this.sendPage(reply, found, ifNoneMatch);
    else if (found.kind === 'accepted') sendAccepted(reply, found.job);
    else throw failureOf(found, this.ports.clock.now());
  }

  private sendPage(reply: FastifyReply, found: FoundPage, ifNoneMatch: string | undefined): void {
    const { page, ageMs, stale } = found;
    const etag = stale ? `"${page.etag}-stale"` : `"${page.etag}"`;
    void reply
      .header('etag', etag)
      .header('age', String(Math.floor(ageMs / 1000)))
      .header('cache-control', this.cacheControl);
    if (matchesEtag(ifNoneMatch, etag)) void reply.code(304).send();
    else void reply.type('application/json').send(stale ? page.staleBody : page.body);
  }
}
