import { Controller, Get, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { fastify } from 'fastify';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { START, problemIn, startTestApi } from '../../test/api-harness.ts';
import type { TestApi } from '../../test/api-harness.ts';
import { AUDIENCE, ISSUER, forged, keySetOf, signer, tokenOf } from '../../test/tokens.ts';
import { AccessUndeclared, NeedsScope, Open, requireDeclaredAccess } from './access.ts';

const ours = signer('EdDSA', 'ed-1');
const next = signer('EdDSA', 'ed-2');
const bees = 'https://example.org/bees';

let folder: string;
let file: string;
let test: TestApi;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'keys-'));
  file = join(folder, 'jwks.json');
  await writeFile(file, keySetOf(ours));
  const rules = { audience: AUDIENCE, issuer: ISSUER, tenantClaim: 'tenant', toleranceMs: 30_000 };
  test = await startTestApi({ identity: { mode: 'JWT', rules, keys: { file } } });
  await test.seed(bees);
});
afterEach(async () => {
  await test.close();
  await rm(folder, { recursive: true });
});

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

describe('a protected route', () => {
  it('answers who has a token with its scope', async () => {
    const token = await tokenOf(ours, START);
    expect((await test.tagsOf(bees, bearer(token))).statusCode).toBe(200);
    expect((await test.tagsOf(bees, { authorization: `bearer  ${token}` })).statusCode).toBe(200);
  });

  it('asks who has none for one', async () => {
    const answer = await test.tagsOf(bees);
    expect(answer.statusCode).toBe(401);
    expect(answer.headers['www-authenticate']).toBe('Bearer realm="tagservice"');
    expect(problemIn(answer).code).toBe('TOKEN_MISSING');
  });

  it('says what is wrong with a token, and nothing of what it held', async () => {
    const answer = await test.tagsOf(bees, bearer(await tokenOf(ours, START - 7_200_000)));
    expect(answer.statusCode).toBe(401);
    expect(answer.headers['www-authenticate']).toBe(
      'Bearer realm="tagservice", error="invalid_token", error_description="The token has expired."',
    );
    expect(problemIn(answer)).toMatchObject({ code: 'TOKEN_INVALID', detail: 'The token has expired.' });
    expect(answer.body).not.toContain('garden-club');
  });

  it('names the scope that a token lacks', async () => {
    const answer = await test.tagsOf(bees, bearer(await tokenOf(ours, START, { claims: { scope: 'crawl:write' } })));
    expect(answer.statusCode).toBe(403);
    expect(answer.headers['www-authenticate']).toContain('error="insufficient_scope", scope="tags:read"');
    expect(problemIn(answer).code).toBe('SCOPE_MISSING');
  });

  it('does not take the administrator for everybody', async () => {
    const answer = await test.tagsOf(bees, bearer(await tokenOf(ours, START, { claims: { scope: 'admin' } })));
    expect(answer.statusCode).toBe(403);
  });

  it.each([
    '/v1/tags?url=x',
    '/v1/tags/bees/urls',
    '/v1/jobs/x',
    '/v1/jobs/x/',
    '//v1/tags?url=x',
    '/v1/./tags',
    '/V1/tags?url=x',
    '/v1/tags?url=x&access_token=a',
  ])('%s is not reached without a token, however it is written', async (path) => {
    for (const method of ['GET', 'HEAD'] as const) {
      const answer = await test.api.app.inject({ method, url: path });
      expect([401, 404]).toContain(answer.statusCode);
    }
  });

  it.each([
    'Basic dXNlcjpwYXNz',
    'Bearer',
    'Bearer ',
    'Bearer a b',
    'Bearer a,b',
    'Token abc',
    'Bearer "a.b.c"',
    'Bearer a.b.c, Bearer a.b.c',
  ])('refuses %j', async (authorization) => {
    const answer = await test.tagsOf(bees, { authorization });
    expect(answer.statusCode).toBe(401);
    expect(problemIn(answer).code).toBe('TOKEN_INVALID');
  });

  it('refuses two headers, also when the first is good', async () => {
    const token = await tokenOf(ours, Date.now());
    const port = await test.api.listen(0, '127.0.0.1');
    const socket = connect(port, '127.0.0.1');
    const lines = ['GET /v1/tags?url=x HTTP/1.1', 'host: a', 'connection: close'];
    socket.write([...lines, `authorization: Bearer ${token}`, 'Authorization: Bearer x.y.z', '', ''].join('\r\n'));
    const answer = await text(socket);
    expect(answer).toMatch(/^HTTP\/1\.1 401 /);
    expect(answer).toContain('is not one bearer token');
  });

  it('takes a new key from the mounted file without a restart', async () => {
    await test.tagsOf(bees, bearer(await tokenOf(ours, START)));
    await writeFile(file, keySetOf(next));
    test.at(2_000);
    expect((await test.tagsOf(bees, bearer(await tokenOf(next, START)))).statusCode).toBe(200);
    expect((await test.tagsOf(bees, bearer(await tokenOf(ours, START)))).statusCode).toBe(401);
  });

  it('says that it cannot judge while it has no key, and is not ready', async () => {
    await writeFile(file, '{}');
    const rules = { audience: AUDIENCE, issuer: ISSUER, tenantClaim: 'tenant', toleranceMs: 30_000 };
    const keyless = await startTestApi({ identity: { mode: 'JWT', rules, keys: { file: join(folder, 'none') } } });
    const answer = await keyless.tagsOf(bees, bearer(await tokenOf(ours, START)));
    expect(answer.statusCode).toBe(503);
    expect(problemIn(answer).code).toBe('KEYS_UNAVAILABLE');
    expect(answer.headers).toHaveProperty('retry-after');
    const keys = keyless.api.checks.find((check) => check.name === 'keys');
    expect(await keys?.check()).toMatchObject({ ok: false, detail: expect.stringContaining('no key') as string });
    await keyless.close();
  });
});

describe('what everybody may see', () => {
  it.each(['/openapi.json', '/nothing'])('%s needs no token', async (path) => {
    expect([200, 404]).toContain((await test.get(path)).statusCode);
    expect([200, 404]).toContain((await test.get(path, { authorization: 'nonsense' })).statusCode);
  });
});

describe('the log and the metrics', () => {
  it('hold neither tokens nor what they say', async () => {
    const good = await tokenOf(ours, START, { claims: { email: 'ann@example.org' } });
    const bad = [
      await tokenOf(next, START),
      await tokenOf(ours, START - 7_200_000),
      await tokenOf(ours, START, { claims: { tenant: 'a b' } }),
      forged({ alg: 'none' }, { sub: 'user-7' }),
      'garbage.with.secret',
    ];
    for (const token of [good, ...bad]) await test.tagsOf(bees, bearer(token));
    await expect.poll(() => test.log().filter((line) => line['msg'] === 'answered')).toHaveLength(6);
    const said = JSON.stringify(test.log()) + (await test.registry.metrics());
    for (const token of [good, ...bad])
      for (const part of token.split('.').filter((piece) => piece.length > 8)) expect(said).not.toContain(part);
    expect(said).not.toMatch(/garden-club|user-7|ann@example|issuer\.example/);
    expect(said).toContain('tagservice_api_tokens_refused_total{reason=\\"expired\\"} 1'.replaceAll('\\', ''));
  });
});

describe('a route that declares no access', () => {
  class Loose {
    answer() {
      return 'ok';
    }
  }

  async function start(decorate: readonly MethodDecorator[]): Promise<void> {
    class Routes extends Loose {
      override answer() {
        return 'ok';
      }
    }
    const descriptor = Object.getOwnPropertyDescriptor(Routes.prototype, 'answer') as PropertyDescriptor;
    for (const decorator of [Get('x'), ...decorate]) decorator(Routes.prototype, 'answer', descriptor);
    Controller()(Routes);
    class Root {}
    Module({ controllers: [Routes] })(Root);
    const server = fastify();
    requireDeclaredAccess(server);
    const app = await NestFactory.create(Root, new FastifyAdapter(server as never), {
      logger: false,
      abortOnError: false,
    });
    try {
      await app.init();
    } finally {
      await app.close();
    }
  }

  it('does not start, and is named', async () => {
    await expect(start([])).rejects.toThrow(AccessUndeclared);
    await expect(start([])).rejects.toThrow('GET /x');
  });

  it('starts once it is declared, whichever way', async () => {
    await expect(start([Open()])).resolves.toBeUndefined();
    await expect(start([NeedsScope('admin')])).resolves.toBeUndefined();
  });
});
