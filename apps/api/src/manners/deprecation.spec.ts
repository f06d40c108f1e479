import { Controller, Get, Module, Res } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { fastify } from 'fastify';
import type { FastifyReply } from 'fastify';
import { describe, expect, it } from 'vitest';
import { matchRoutes } from '../http/matched-route.ts';
import { Produces } from './accept.ts';
import { Deprecated, RetirementImpossible, announceRetirements } from './deprecation.ts';

const retirement = {
  deprecatedAt: '2026-11-01T00:00:00Z',
  sunsetAt: '2027-05-01T00:00:00Z',
  link: 'https://tagservice.dev/docs/old',
};

@Controller()
class OldController {
  @Get('old')
  @Produces('text/plain')
  @Deprecated(retirement)
  old(@Res() reply: FastifyReply): void {
    void reply.send({ produces: reply.request.routeOptions.config.produces });
  }

  @Get('new')
  fresh(@Res() reply: FastifyReply): void {
    void reply.send({});
  }
}

@Module({ controllers: [OldController] })
class OldModule {}

describe('a route that goes away', () => {
  it('says since when, until when and what comes instead, and its neighbours say nothing', async () => {
    const server = fastify();
    matchRoutes(server);
    announceRetirements(server);
    const adapter = new FastifyAdapter(server as never);
    const app = await NestFactory.create<NestFastifyApplication>(OldModule, adapter, { logger: false });
    await app.init();
    await server.ready();
    const old = await app.inject({ method: 'GET', url: '/old' });
    expect(old.headers).toMatchObject({
      deprecation: '@1793491200',
      sunset: 'Sat, 01 May 2027 00:00:00 GMT',
      link: '<https://tagservice.dev/docs/old>; rel="deprecation"; type="text/html"',
    });
    // What another decorator says about the same route stays.
    expect(old.json()).toEqual({ produces: 'text/plain' });
    const fresh = await app.inject({ method: 'GET', url: '/new' });
    expect(fresh.headers).not.toHaveProperty('deprecation');
    await app.close();
  });

  it.each([
    ['without dates', { deprecatedAt: 'soon' }],
    ['that ends before it is announced', { sunsetAt: '2026-01-01T00:00:00Z' }],
  ])('%s is a defect', (_, over) => {
    expect(() => Deprecated({ ...retirement, ...over })).toThrow(RetirementImpossible);
  });
});
