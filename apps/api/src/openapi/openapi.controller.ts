import { Controller, Get, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { Open } from '../identity/access.ts';
import { openApiDocument } from './document.ts';

@Controller()
export class OpenApiController {
  private body: string | undefined;

  /** Written out on the first request, so that starting does not pay for it. */
  @Get('openapi.json')
  @Open()
  document(@Res() reply: FastifyReply): void {
    this.body ??= JSON.stringify(openApiDocument());
    void reply.header('cache-control', 'public, max-age=300').type('application/json').send(this.body);
  }
}
