import { Controller, Get, Query, Req, Res } from '@nestjs/common';
import { noQuerySchema } from '@tagservice/contracts';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { matchesEtag } from '../http/conditional.ts';
import { readQuery } from '../http/query.ts';
import type { Query as QueryMap } from '../http/query.ts';
import { Open } from '../identity/access.ts';
import { Produces } from '../manners/accept.ts';
import { docsContentPolicy, docsPage } from './docs-page.ts';
import { openApiDocument } from './document.ts';
import { Kept } from './kept.ts';

/** Both are written out on the first request, so that starting does not pay for it. */
@Controller()
export class OpenApiController {
  private readonly document = new Kept(() => JSON.stringify(openApiDocument()));
  private readonly page = new Kept(docsPage);

  @Get('openapi.json')
  @Open()
  openApi(@Query() query: QueryMap, @Req() request: FastifyRequest, @Res() reply: FastifyReply): void {
    readQuery(noQuerySchema, query);
    send(request, reply.type('application/json'), this.document);
  }

  @Get('docs')
  @Open()
  @Produces('text/html')
  docs(@Query() query: QueryMap, @Req() request: FastifyRequest, @Res() reply: FastifyReply): void {
    readQuery(noQuerySchema, query);
    send(
      request,
      reply.type('text/html; charset=utf-8').header('content-security-policy', docsContentPolicy),
      this.page,
    );
  }
}

function send(request: FastifyRequest, reply: FastifyReply, kept: Kept): void {
  void reply.header('cache-control', 'public, max-age=300').header('etag', kept.etag);
  if (matchesEtag(request.headers['if-none-match'], kept.etag)) void reply.code(304).send();
  else void reply.send(kept.text);
}
