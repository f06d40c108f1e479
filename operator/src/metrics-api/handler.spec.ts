import { describe, expect, it } from 'vitest';
import { answerMetrics, serviceOf, type MetricReading, type MetricSource } from './handler.ts';

const now = Date.parse('2026-11-21T12:00:00.123Z');
const base = '/apis/external.metrics.k8s.io/v1beta1';
const selector = `labelSelector=${encodeURIComponent('tagservice.dev/service=demo')}`;
const ask = (url: string, reading: MetricReading = { kind: 'known', value: 240 }) =>
  answerMetrics(url, { source: { read: () => Promise.resolve(reading) }, now: () => now });

describe('the external metrics API', () => {
  it('tells the value of a metric as Kubernetes wants it', async () => {
    expect(await ask(`${base}/namespaces/tags/tagservice_queue_lag?${selector}`)).toEqual({
      status: 200,
      body: {
        kind: 'ExternalMetricValueList',
        apiVersion: 'external.metrics.k8s.io/v1beta1',
        metadata: {},
        items: [
          {
            metricName: 'tagservice_queue_lag',
            metricLabels: { 'tagservice.dev/service': 'demo' },
            timestamp: '2026-11-21T12:00:00Z',
            value: '240',
          },
        ],
      },
    });
  });

  it('asks its source for the right service', async () => {
    const asked: unknown[] = [];
    const read: MetricSource['read'] = (...question) => {
      asked.push(question);
      return Promise.resolve({ kind: 'known', value: 1 });
    };
    await answerMetrics(`${base}/namespaces/tags/tagservice_api_utilization?${selector}`, {
      source: { read },
      now: () => now,
    });
    expect(asked).toEqual([['tagservice_api_utilization', { namespace: 'tags', name: 'demo' }]]);
  });

  it('gives parts of a whole in thousandths', async () => {
    const { body } = await ask(`${base}/namespaces/tags/tagservice_api_utilization?${selector}`, {
      kind: 'known',
      value: 12.3456,
    });
    expect(body).toMatchObject({ items: [{ value: '12346m' }] });
  });

  it('answers an error for what it does not know, so that the autoscaler holds', async () => {
    const unknown = await ask(`${base}/namespaces/tags/tagservice_queue_lag?${selector}`, {
      kind: 'unknown',
      reason: 'no broker',
    });
    expect(unknown).toMatchObject({
      status: 503,
      body: { kind: 'Status', message: 'no broker', reason: 'ServiceUnavailable', code: 503 },
    });
    const missing = await ask(`${base}/namespaces/tags/tagservice_queue_lag?${selector}`, {
      kind: 'missing',
      reason: 'no TagService',
    });
    expect(missing).toMatchObject({ status: 404 });
  });

  it.each([
    ['another metric', `${base}/namespaces/tags/cpu?${selector}`, 404],
    ['another path', '/metrics', 404],
    ['no service', `${base}/namespaces/tags/tagservice_queue_lag`, 400],
    ['another label', `${base}/namespaces/tags/tagservice_queue_lag?labelSelector=app%3Ddemo`, 400],
  ])('refuses a question for %s', async (_what, url, status) => {
    expect(await ask(url)).toMatchObject({ status, body: { kind: 'Status', status: 'Failure' } });
  });

  it('can be discovered', async () => {
    expect(await ask('/apis')).toMatchObject({ status: 200, body: { kind: 'APIGroupList' } });
    expect(await ask('/apis/external.metrics.k8s.io')).toMatchObject({ body: { kind: 'APIGroup' } });
    expect(await ask(`${base}/`)).toMatchObject({
      body: {
        kind: 'APIResourceList',
        resources: [{ name: 'tagservice_queue_lag' }, { name: 'tagservice_api_utilization' }],
      },
    });
  });

  it.each([
    ['tagservice.dev/service=demo', 'demo'],
    ['tagservice.dev/service==demo', 'demo'],
    [' tagservice.dev/service in (demo) ', 'demo'],
    ['tagservice.dev/service in (a,b)', undefined],
    ['tagservice.dev/service=demo,x=y', undefined],
    ['tagservice.dev/service!=demo', undefined],
    ['', undefined],
  ])('reads the selector %j', (text, name) => {
    expect(serviceOf(text)).toBe(name);
  });
});
