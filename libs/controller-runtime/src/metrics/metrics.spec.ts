import { Registry } from 'prom-client';
import { expect, it } from 'vitest';
import { ConfigMap } from '../api/builtin.ts';
import { FakeClock } from '../clock/fake-clock.ts';
import { WorkQueue } from '../queue/work-queue.ts';
import { queueMetrics } from './controller-metrics.ts';
import { reflectorObserver } from './reflector-metrics.ts';
import { requestMetrics } from './request-metrics.ts';

it('counts requests by method and status, and times all but watches', async () => {
  const registry = new Registry();
  const observe = requestMetrics(registry);
  observe({ method: 'GET', path: '/api/v1/pods', code: 200, durationMs: 20 });
  observe({ method: 'GET', path: '/api/v1/pods?watch=true', code: 200, durationMs: 290_000 });
  observe({ method: 'POST', path: '/api/v1/pods', code: 0, durationMs: 5 });
  const text = await registry.metrics();
  expect(text).toContain('rest_client_requests_total{method="GET",code="200"} 2');
  expect(text).toContain('rest_client_requests_total{method="POST",code="<error>"} 1');
  expect(text).toContain('rest_client_request_duration_seconds_count{verb="GET"} 1');
});

it('shows every queue of a registry under its own name, as it is when scraped', async () => {
  const registry = new Registry();
  for (const name of ['one', 'two']) {
    const metrics = queueMetrics(registry, name);
    const queue = new WorkQueue({ clock: new FakeClock(), observer: metrics.observer });
    metrics.bind(queue);
    for (let i = 0; i < name.length; i += 1) queue.add(i.toString());
    if (name === 'two') await queue.take();
  }
  const text = await registry.metrics();
  expect(text).toContain('workqueue_depth{name="one",controller="one"} 3');
  expect(text).toContain('workqueue_depth{name="two",controller="two"} 2');
  expect(text).toContain('workqueue_adds_total{name="two",controller="two"} 3');
});

it('counts lists, watches and failures of a kind', async () => {
  const registry = new Registry();
  const observer = reflectorObserver(registry, ConfigMap);
  observer.listed?.(7);
  observer.watching?.();
  observer.failed?.(new TypeError('reset'));
  reflectorObserver(registry, ConfigMap).failed?.(new TypeError('again'));
  const text = await registry.metrics();
  expect(text).toContain('reflector_items_per_list{name="v1/configmaps"} 7');
  expect(text).toContain('reflector_failures_total{name="v1/configmaps"} 2');
});
