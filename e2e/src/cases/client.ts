import { apiClient, type ApiClient } from '@tagservice/api-client';
import { poll } from '@tagservice/cluster';
import { sampleName, sampleNamespace } from '@tagservice/workspace/up';
import { ServiceApi } from '../api.ts';
import { check, CheckFailed, type CaseContext, type E2eCase } from '../e2e-case.ts';
import { freshPages } from '../pages.ts';

/** What the client answered with, or why the case has failed. */
function answer<T>({ data, error }: { data?: T; error?: unknown }, what: string): T {
  if (data === undefined) throw new CheckFailed(`${what} was refused: ${JSON.stringify(error)}`);
  return data;
}

async function batchAndLists(client: ApiClient, { say }: CaseContext): Promise<void> {
  const urls = freshPages(5);
  const batch = answer(await client.POST('/v1/tags:batch', { body: { urls: [...urls] } }), 'The batch');
  const statuses = batch.items.map(({ status }) => status);
  check(
    statuses.every((status) => status === 200 || status === 202),
    `each page must have tags or a job: ${statuses.join(', ')}`,
  );
  const page = batch.items.find((item) => item.page !== undefined)?.page;
  if (page === undefined) throw new CheckFailed('no page of the batch was tagged in time');
  const tag = page.tags[0]?.tag ?? '';
  const list = answer(
    await client.GET('/v1/tags/{tag}/urls', { params: { path: { tag }, query: { limit: 100, perHost: 100 } } }),
    'The list of a tag',
  );
  check(list.urls.length > 0, `nothing is listed under "${tag}"`);
  const related = answer(
    await client.GET('/v1/urls:related', { params: { query: { url: page.url } } }),
    'Related URLs',
  );
  say(`${String(statuses.length)} pages in one request; "${tag}" lists ${String(list.urls.length)} URLs`);
  if ('urls' in related) say(`${String(related.urls.length)} URLs are related to ${page.url}`);
}

async function followsJob(client: ApiClient, { say }: CaseContext): Promise<void> {
  const [url = ''] = freshPages(1);
  const params = { query: { url }, header: { Prefer: 'respond-async' } };
  const accepted = answer(await client.GET('/v1/tags', { params }), 'A page asked for without waiting');
  if (!('job' in accepted)) throw new CheckFailed(`a fresh page must be a job first: ${JSON.stringify(accepted)}`);
  const { id } = accepted.job;
  const events = await client.GET('/v1/jobs/{id}/events', { params: { path: { id } }, parseAs: 'text' });
  const last = /"status":"(\w+)"[^\n]*\n\n$/.exec(String(answer(events, 'The events of a job')))?.[1];
  check(last === 'done', `the last event of the job must be done, was ${last ?? 'none'}`);
  say(`the events of job ${id} end with done`);
}

async function crawlsPages(client: ApiClient, { say }: CaseContext): Promise<void> {
  const urls = freshPages(4);
  const { id } = answer(await client.POST('/v1/crawls', { body: { urls: [...urls] } }), 'A crawl');
  const ended = await poll({ timeoutMs: 90_000, everyMs: 500 }, async () => {
    const crawl = answer(await client.GET('/v1/crawls/{id}', { params: { path: { id } } }), 'A look at the crawl');
    return crawl.status === 'done' || crawl.status === 'failed' ? crawl : undefined;
  });
  const pages = JSON.stringify(ended?.pages);
  check(ended?.pages?.tagged === urls.length, `the crawl must tag all ${String(urls.length)} pages: ${pages}`);
  say(`a crawl of ${String(urls.length)} pages ended as ${String(ended?.status)}: ${pages}`);
}

async function run(context: CaseContext): Promise<void> {
  const api = new ServiceApi(context.cluster, sampleNamespace, sampleName);
  try {
    const client = apiClient({ baseUrl: await api.base() });
    await batchAndLists(client, context);
    await followsJob(client, context);
    await crawlsPages(client, context);
    const refused = await client.GET('/v1/tags', { params: { query: { url: 'ftp://example.org/' } } });
    check(refused.error?.code === 'URL_SCHEME', `ftp must be refused by its code: ${JSON.stringify(refused.error)}`);
  } finally {
    await api.close();
  }
}

export const client: E2eCase = {
  name: 'client',
  summary: 'batch, lists, related URLs, job events and a crawl with the client generated from the OpenAPI document',
  run,
};
