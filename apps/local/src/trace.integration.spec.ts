import { environmentNames } from '@tagservice/contracts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startNumberedSite } from '../test/kills/site.ts';
import type { NumberedSite } from '../test/kills/site.ts';
import { startProcesses } from '../test/kills/processes.ts';
import type { ServiceProcesses } from '../test/kills/processes.ts';
import { startCollector } from '../test/trace/collector.ts';
import { traceText } from '../test/trace/tree.ts';

let collector: Awaited<ReturnType<typeof startCollector>>;
let processes: ServiceProcesses;
let site: NumberedSite;

beforeAll(async () => {
  [collector, site] = await Promise.all([startCollector(), startNumberedSite()]);
  processes = await startProcesses({ [environmentNames.otlpEndpoint]: collector.endpoint });
}, 120_000);
afterAll(async () => {
  await processes.stop();
  collector.close();
  site.close();
});

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
const callerSpan = '00f067aa0ba902b7';
const soon = { timeout: 60_000, interval: 200 };

it('the trace of a caller leads through the API, Kafka, a worker and Redis, and back', async () => {
  // A page that does not ask to be left alone first.
  const path = `/v1/tags?url=${encodeURIComponent(site.addressOf(1))}`;
  const headers = { traceparent: `00-${traceId}-${callerSpan}-01` };
  const status = async (): Promise<number> => {
    const answer = await fetch(`${processes.apis[0] ?? ''}${path}`, { headers }).catch(() => undefined);
    return answer?.status ?? 0;
  };
  await expect.poll(status, soon).toBe(200);
  const names = (): string[] => collector.of(traceId).map(({ name }) => name);
  await expect.poll(names, soon).toEqual(expect.arrayContaining(['GET /v1/tags', 'process tag request', 'write page']));
  await expect.poll(names, soon).toContain('publish tag result');

  const spans = collector.of(traceId);
  console.log(traceText(spans, callerSpan));
  const parentOf = (name: string): string | undefined => {
    const { parentSpanId } = spans.find((span) => span.name === name) ?? {};
    return spans.find(({ spanId }) => spanId === parentSpanId)?.name;
  };
  const parents = ['read page', 'claim job', 'publish tag request', 'process tag request'].map(parentOf);
  expect(parents).toEqual(['GET /v1/tags', 'GET /v1/tags', 'GET /v1/tags', 'publish tag request']);
  const work = ['fetch page', 'tag page', 'write page', 'publish tag result'].map(parentOf);
  expect(work).toEqual(Array(4).fill('process tag request'));
  expect(new Set(spans.map(({ service }) => service))).toEqual(new Set(['kills-api', 'kills-compute']));
}, 180_000);
