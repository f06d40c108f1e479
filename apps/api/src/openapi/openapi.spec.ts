import { createConfig, lintFromString } from '@redocly/openapi-core';
import { problemCodes } from '@tagservice/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { problemIn, startTestApi } from '../../test/api-harness.ts';
import type { TestApi } from '../../test/api-harness.ts';

interface OpenApi {
  readonly openapi: string;
  readonly paths: Record<
    string,
    Record<string, { operationId: string; security: object[]; responses: Record<string, object> }>
  >;
  readonly components: {
    readonly securitySchemes: Record<string, { readonly description: string }>;
    readonly schemas: Record<string, { readonly properties: object; additionalProperties?: boolean }>;
  };
}

let test: TestApi;
let body: string;
let document: OpenApi;
beforeAll(async () => {
  test = await startTestApi();
  ({ body } = await test.get('/openapi.json'));
  document = JSON.parse(body) as OpenApi;
});
afterAll(() => test.close());

describe('the OpenAPI document', () => {
  it('describes exactly what the server answers to', () => {
    const described = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    const served = test.api
      .routes()
      .flatMap(({ path, methods }) =>
        methods.filter((method) => method !== 'HEAD').map((method) => `${method} ${path}`),
      );
    expect(described.toSorted()).toEqual([...new Set(served)].toSorted());
    expect(document.openapi).toBe('3.1.0');
  });

  it('has nothing that a linter minds', async () => {
    const config = await createConfig({ extends: ['recommended'] });
    const found = await lintFromString({ source: body, absoluteRef: '/openapi.json', config });
    expect(found.map(({ ruleId, message }) => `${ruleId}: ${message}`)).toEqual([]);
  });

  it('refers only to schemas that it has, and has none that nothing refers to', () => {
    const wanted = [...body.matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g)].map((match) => match[1]);
    expect(new Set(wanted)).toEqual(new Set(Object.keys(document.components.schemas)));
    expect(body).not.toContain('$defs');
    expect(body).not.toContain('"$id"');
    expect(document.components.schemas['PageTags']?.properties).toHaveProperty('taggedAt');
  });

  it('binds what is sent to us and leaves open what we may add to answers', () => {
    const { schemas } = document.components;
    expect(schemas['BatchRequest']?.additionalProperties).toBe(false);
    expect(schemas['FeedbackRequest']?.additionalProperties).toBe(false);
    expect(schemas['PageTags']).not.toHaveProperty('additionalProperties');
    expect(schemas['Problem']?.properties).toMatchObject({ code: { enum: problemCodes } });
  });

  it('lists the problems of each route by status', () => {
    const statuses = Object.keys(document.paths['/v1/tags']?.['get']?.responses ?? {});
    expect(statuses).toEqual(expect.arrayContaining(['200', '202', '304', '400', '406', '422', '500', '502', '503']));
    const batch = Object.keys(document.paths['/v1/tags:batch']?.['post']?.responses ?? {});
    expect(batch).toEqual(expect.arrayContaining(['200', '400', '409', '413', '415', '422']));
  });

  it('says of each operation who may use it, as the server does', () => {
    for (const { path, methods, access } of test.api.routes())
      for (const method of methods.filter((name) => name !== 'HEAD')) {
        const security = access === 'open' ? [] : [{ token: [access] }, {}];
        expect(document.paths[path]?.[method.toLowerCase()]?.security, path).toEqual(security);
      }
    expect(document.components.securitySchemes).toMatchObject({ token: { type: 'http', scheme: 'bearer' } });
    expect(document.components.securitySchemes['token']?.description).toContain('`feedback:write`');
  });

  it('lists what a refusal at the door looks like, where there is one', () => {
    for (const methods of Object.values(document.paths))
      for (const { operationId, security, responses } of Object.values(methods)) {
        const atTheDoor = ['401', '403', '429', '503'].filter((status) => status in responses);
        expect(atTheDoor, operationId).toEqual(security.length === 0 ? [] : ['401', '403', '429', '503']);
      }
    const feature = (path: string) => JSON.stringify(document.paths[path]).includes('FEATURE_OFF');
    for (const { path, feature: part } of test.api.routes()) expect(feature(path), path).toBe(part !== undefined);
  });

  it('is sent once to those who keep it', async () => {
    const first = await test.get('/openapi.json');
    const etag = String(first.headers['etag']);
    expect(first.headers['cache-control']).toBe('public, max-age=300');
    expect((await test.get('/openapi.json', { 'if-none-match': etag })).statusCode).toBe(304);
    expect(problemIn(await test.get('/openapi.json?format=yaml')).code).toBe('PARAMETER_INVALID');
  });
});

describe('the page for people', () => {
  it('tells of every operation and needs nothing from elsewhere', async () => {
    const answer = await test.get('/docs', { accept: 'text/html' });
    expect(answer.statusCode).toBe(200);
    expect(answer.headers['content-type']).toBe('text/html; charset=utf-8');
    for (const methods of Object.values(document.paths))
      for (const { operationId } of Object.values(methods))
        expect(answer.body).toContain(`<section id="${operationId}">`);
    expect(answer.body).not.toMatch(/<script|<img|<link|src=|@import|url\(/);
    expect([...answer.body.matchAll(/href="([^"]*)"/g)].every(([, to = '']) => /^(#|\/openapi\.json$)/.test(to))).toBe(
      true,
    );
  });

  it('may do nothing but show its own style', async () => {
    const policy = String((await test.get('/docs')).headers['content-security-policy']);
    expect(policy).toMatch(/^default-src 'none'; style-src 'sha256-[\w+/]{43}='; /);
    expect(policy).not.toContain('unsafe');
  });
});
