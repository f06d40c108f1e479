import { Controller, Delete, Get, Inject, Post, Req, Res } from '@nestjs/common';
import { crawlRequestSchema, noQuerySchema } from '@tagservice/contracts';
import type { CrawlRequest, CrawlsAnswer } from '@tagservice/contracts';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { PartOf } from '../admission/features.ts';
import { sendAnswer } from '../http/answer.ts';
import type { Answer } from '../http/answer.ts';
import { readBody } from '../http/body.ts';
import { Problem } from '../http/problem.error.ts';
import { readQuery } from '../http/query.ts';
import type { Query } from '../http/query.ts';
import { NeedsScope } from '../identity/access.ts';
import { callerOf } from '../identity/caller.ts';
import { Idempotency } from '../idempotency/idempotency.ts';
import { PORTS } from '../ports.ts';
import type { ApiPorts } from '../ports.ts';
import { crawlAnswer } from './crawl-answer.ts';
import { PlanCrawl } from './plan-crawl.use-case.ts';

type CrawlsRequest = FastifyRequest<{ Querystring: Query }>;
type CrawlRequestById = FastifyRequest<{ Params: { readonly id: string }; Querystring: Query }>;

/** Crawls of the caller's tenant; those of others do not exist for it. */
@Controller('v1/crawls')
export class CrawlsController {
  constructor(
    @Inject(PORTS) private readonly ports: ApiPorts,
    private readonly planCrawl: PlanCrawl,
    private readonly idempotency: Idempotency,
  ) {}

  @Post()
  @NeedsScope('crawl:write')
  @PartOf('crawls')
  async plan(@Req() request: CrawlsRequest, @Res() reply: FastifyReply): Promise<void> {
    readQuery(noQuerySchema, request.query);
    const body = readBody(crawlRequestSchema, request.body);
    const { tenant } = callerOf(request);
    const key = request.headers['idempotency-key'] as string | undefined;
    const repeatable = { tenant, key, target: 'POST /v1/crawls', body };
    sendAnswer(reply, await this.idempotency.run(repeatable, () => this.planned(tenant, body)));
  }

  @Get()
  @NeedsScope('crawl:write')
  @PartOf('crawls')
  async list(@Req() request: CrawlsRequest, @Res() reply: FastifyReply): Promise<void> {
    readQuery(noQuerySchema, request.query);
    const crawls = await this.ports.crawls.list(callerOf(request).tenant);
    sendJson(reply, { crawls: crawls.map(crawlAnswer) } satisfies CrawlsAnswer);
  }

  @Get(':id')
  @NeedsScope('crawl:write')
  @PartOf('crawls')
  async crawl(@Req() request: CrawlRequestById, @Res() reply: FastifyReply): Promise<void> {
    readQuery(noQuerySchema, request.query);
    const crawl = await this.ports.crawls.get(callerOf(request).tenant, request.params.id);
    if (crawl === undefined) throw new Problem('CRAWL_NOT_FOUND');
    sendJson(reply, crawlAnswer(crawl));
  }

  /** Takes the crawl away: a run under way ends, and none begins any more. What was tagged stays. */
  @Delete(':id')
  @NeedsScope('crawl:write')
  @PartOf('crawls')
  async remove(@Req() request: CrawlRequestById, @Res() reply: FastifyReply): Promise<void> {
    readQuery(noQuerySchema, request.query);
    const removed = await this.ports.crawls.remove(callerOf(request).tenant, request.params.id);
    if (!removed) throw new Problem('CRAWL_NOT_FOUND');
    void reply.code(204).header('cache-control', 'no-store').send();
  }

  private async planned(tenant: string, body: CrawlRequest): Promise<Answer> {
    const crawl = crawlAnswer(await this.planCrawl.plan(tenant, body));
    const headers = { 'cache-control': 'no-store', location: `/v1/crawls/${crawl.id}` };
    return { status: 201, headers, body: JSON.stringify(crawl) };
  }
}

function sendJson(reply: FastifyReply, body: object): void {
  sendAnswer(reply, { status: 200, headers: { 'cache-control': 'no-store' }, body: JSON.stringify(body) });
}
