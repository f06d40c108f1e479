import { Controller, Get, Param, Query, Res } from '@nestjs/common';
import { PER_HOST, URLS_PAGE, relatedQuerySchema, tagUrlsQuerySchema } from '@tagservice/contracts';
import type { FastifyReply } from 'fastify';
import { PartOf } from '../admission/features.ts';
import { sendAccepted } from '../http/accepted.ts';
import { readQuery } from '../http/query.ts';
import type { Query as QueryMap } from '../http/query.ts';
import { NeedsScope } from '../identity/access.ts';
import { FindRelated } from './find-related.use-case.ts';
import { FindUrls } from './find-urls.use-case.ts';

@Controller()
export class UrlsController {
  constructor(
    private readonly findUrls: FindUrls,
    private readonly findRelated: FindRelated,
  ) {}

  @Get('v1/tags/:tag/urls')
  @NeedsScope('tags:read')
  @PartOf('lists')
  async urlsOfTag(@Param('tag') tag: string, @Query() query: QueryMap, @Res() reply: FastifyReply): Promise<void> {
    const asked = readQuery(tagUrlsQuerySchema, query);
    const { limit = URLS_PAGE.fallback, perHost = PER_HOST.fallback, cursor } = asked;
    const answer = await this.findUrls.find(tag, { limit, perHost, cursor });
    if (answer.next !== undefined) {
      const kept = asked.perHost === undefined ? '' : `&perHost=${String(perHost)}`;
      const next = `/v1/tags/${encodeURIComponent(answer.tag)}/urls?limit=${String(limit)}${kept}&cursor=${answer.next}`;
      void reply.header('link', `<${next}>; rel="next"`);
    }
    void reply.header('cache-control', 'no-cache').type('application/json').send(JSON.stringify(answer));
  }

  /** Two colons: the router takes one for the begin of a parameter. */
  @Get('v1/urls::related')
  @NeedsScope('tags:read')
  @PartOf('related')
  async relatedUrls(@Query() query: QueryMap, @Res() reply: FastifyReply): Promise<void> {
    const { url, limit = URLS_PAGE.fallback, perHost = PER_HOST.fallback } = readQuery(relatedQuerySchema, query);
    const related = await this.findRelated.find({ url, limit, perHost });
    if ('job' in related) sendAccepted(reply, related.job);
    else void reply.header('cache-control', 'no-cache').type('application/json').send(JSON.stringify(related.answer));
  }
}
