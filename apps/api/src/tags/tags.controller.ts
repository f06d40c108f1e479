import { Controller, Get, Inject, Param, Query, Req, Res } from '@nestjs/common';
import { isProblemCode } from '@tagservice/contracts';
import type { AcceptedAnswer, JobDocument } from '@tagservice/contracts';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AnswersRefused } from '../admission/admission.ts';
import { PartOf } from '../admission/features.ts';
import { hangUpSignal } from '../http/hang-up.ts';
import { matchesEtag } from '../http/conditional.ts';
import { Problem } from '../http/problem.error.ts';
import { readPreferences } from '../http/prefer.ts';
import { sendProblem } from '../http/send-problem.ts';
import { pageSize, refuseUnknown, requiredUrl, single } from '../http/query.ts';
import type { Query as QueryMap } from '../http/query.ts';
import { NeedsScope } from '../identity/access.ts';
import { jobOfCaller } from '../identity/job-handles.ts';
import { PORTS } from '../ports.ts';
import type { ApiPorts } from '../ports.ts';
import { FindTags } from './find-tags.use-case.ts';
import type { FoundTags } from './find-tags.use-case.ts';
import { FindUrls } from './find-urls.use-case.ts';

type FoundPage = Extract<FoundTags, { kind: 'page' }>;

const PAGE_SIZE = { fallback: 20, most: 100 };
/** When a caller should look at its job again, in seconds. */
const LOOK_AGAIN_SECONDS = 1;

@Controller('v1/tags')
export class TagsController {
  constructor(
    @Inject(PORTS) private readonly ports: ApiPorts,
    private readonly findTags: FindTags,
    private readonly findUrls: FindUrls,
  ) {}

  @Get()
  @NeedsScope('tags:read')
  @AnswersRefused()
  async tagsOfUrl(@Query() query: QueryMap, @Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const url = requiredUrl(query);
    if (request.refusal !== null) {
      this.sendRemembered(url, request.refusal, reply);
      return;
    }
    const prefer = readPreferences(request.headers['prefer'], this.ports.policy.deadlineMs);
    const deadline = this.ports.clock.now() + prefer.waitMs;
    const found = await this.findTags.find(url, () => ({
      deadline,
      signal: hangUpSignal(reply),
      ticket: request.ticket,
    }));
    if (prefer.applied !== undefined) void reply.header('preference-applied', prefer.applied).header('vary', 'prefer');
    this.send(reply, found, request.headers['if-none-match']);
  }

  @Get(':tag/urls')
  @NeedsScope('tags:read')
  @PartOf('lists')
  async urlsOfTag(@Param('tag') tag: string, @Query() query: QueryMap, @Res() reply: FastifyReply): Promise<void> {
    refuseUnknown(query, ['limit', 'cursor']);
    const limit = pageSize(query, PAGE_SIZE);
    const answer = await this.findUrls.find(tag, { limit, cursor: single(query, 'cursor') });
    if (answer.next !== undefined) {
      const next = `/v1/tags/${encodeURIComponent(answer.tag)}/urls?limit=${String(limit)}&cursor=${answer.next}`;
      void reply.header('link', `<${next}>; rel="next"`);
    }
    void reply.header('cache-control', 'no-cache').type('application/json').send(JSON.stringify(answer));
  }

  /** In place of a refusal, what is at hand: it costs no more, and serves the caller better. */
  private sendRemembered(url: string, refusal: Problem, reply: FastifyReply): void {
    const found = this.findTags.remembered(url);
    if (found === undefined) sendProblem(reply, refusal);
    else this.send(reply, found, reply.request.headers['if-none-match']);
  }

  private send(reply: FastifyReply, found: FoundTags, ifNoneMatch: string | undefined): void {
    this.ports.metrics.answers.inc({ source: found.kind === 'page' ? found.source : found.kind });
    if (found.kind === 'page') this.sendPage(reply, found, ifNoneMatch);
    else if (found.kind === 'accepted') sendAccepted(reply, found.job);
    else throw failure(found.job);
  }

  private sendPage(reply: FastifyReply, found: FoundPage, ifNoneMatch: string | undefined): void {
    const { page, ageMs, stale } = found;
    const etag = stale ? `"${page.etag}-stale"` : `"${page.etag}"`;
    const seconds = {
      fresh: Math.floor(this.ports.policy.freshMs / 1000),
      stale: Math.floor(this.ports.policy.staleMs / 1000),
    };
    void reply
      .header('etag', etag)
      .header('age', String(Math.floor(ageMs / 1000)))
      .header(
        'cache-control',
        `public, max-age=${String(seconds.fresh)}, stale-while-revalidate=${String(seconds.stale)}`,
      );
    if (matchesEtag(ifNoneMatch, etag)) void reply.code(304).send();
    else void reply.type('application/json').send(stale ? page.staleBody : page.body);
  }
}

function sendAccepted(reply: FastifyReply, job: JobDocument): void {
  const theirs = jobOfCaller(reply.request, job);
  const location = `/v1/jobs/${theirs.id}`;
  const answer: AcceptedAnswer = { job: theirs, location };
  void reply
    .code(202)
    .header('location', location)
    .header('retry-after', String(LOOK_AGAIN_SECONDS))
    .header('cache-control', 'no-store')
    .type('application/json')
    .send(JSON.stringify(answer));
}

/** Why a job failed, as the answer to the one who waited for it. */
function failure(job: JobDocument): Problem {
  const { code = 'ATTEMPTS_EXHAUSTED', detail = '' } = job.error ?? {};
  return new Problem(isProblemCode(code) ? code : 'ATTEMPTS_EXHAUSTED', { detail, job: job.id });
}
