import { describe, expect, it } from 'vitest';
import { apiClient } from './index.ts';

function recorded(status: number, body: unknown, type = 'application/json') {
  const requests: Request[] = [];
  return {
    requests,
    fetch: (request: Request) => {
      requests.push(request);
      return Promise.resolve(new Response(JSON.stringify(body), { status, headers: { 'content-type': type } }));
    },
  };
}

describe('the client of the API', () => {
  it('asks by the path and parameters of the document', async () => {
    const { fetch, requests } = recorded(200, { tag: 'honey bees', urls: [] });
    const client = apiClient({ baseUrl: 'https://tags.example', fetch });
    const { data, error } = await client.GET('/v1/tags/{tag}/urls', {
      params: { path: { tag: 'honey bees' }, query: { limit: 5 } },
    });
    expect(data).toEqual({ tag: 'honey bees', urls: [] });
    expect(error).toBeUndefined();
    expect(requests[0]?.url).toBe('https://tags.example/v1/tags/honey%20bees/urls?limit=5');
    expect(requests[0]?.headers.has('authorization')).toBe(false);
  });

  it('sends bodies as JSON, with headers of the document', async () => {
    const { fetch, requests } = recorded(200, { items: [] });
    const client = apiClient({ baseUrl: 'https://tags.example', fetch });
    await client.POST('/v1/tags:batch', {
      body: { urls: ['https://example.org/'] },
      params: { header: { 'Idempotency-Key': '"a"' } },
    });
    expect(requests[0]?.headers.get('content-type')).toBe('application/json');
    expect(requests[0]?.headers.get('idempotency-key')).toBe('"a"');
    expect(await requests[0]?.json()).toEqual({ urls: ['https://example.org/'] });
  });

  it('gives a refusal as the problem that it is', async () => {
    const problem = { type: 't', title: 'No URL', status: 400, code: 'URL_MISSING', fix: 'Pass one.' };
    const { fetch } = recorded(400, problem, 'application/problem+json');
    const { data, error, response } = await apiClient({ baseUrl: 'https://tags.example', fetch }).GET('/v1/tags', {
      params: { query: { url: '' } },
    });
    expect(data).toBeUndefined();
    expect(error?.code).toBe('URL_MISSING');
    expect(response.status).toBe(400);
  });

  it('sends the token of the moment', async () => {
    const { fetch, requests } = recorded(200, {});
    let count = 0;
    const client = apiClient({ baseUrl: 'https://tags.example', fetch, token: () => `t${String((count += 1))}` });
    await client.GET('/openapi.json', {});
    await client.GET('/openapi.json', {});
    expect(requests.map(({ headers }) => headers.get('authorization'))).toEqual(['Bearer t1', 'Bearer t2']);
  });
});
