import type { Registry } from 'prom-client';
import type { RequestRecord } from '../client/transport.ts';
import { counter, histogram } from './get-or-create.ts';

/** An `observe` function for `connect` that counts requests under client-go's names. `code` is `<error>` if no answer came. */
export function requestMetrics(registry: Registry): (record: RequestRecord) => void {
  const total = counter(registry, {
    name: 'rest_client_requests_total',
    help: 'Requests to the API server by method and status.',
    labelNames: ['method', 'code'],
  });
  const seconds = histogram(registry, {
    name: 'rest_client_request_duration_seconds',
    help: 'How long requests to the API server took, without watches.',
    labelNames: ['verb'],
    buckets: [0.005, 0.025, 0.1, 0.25, 0.5, 1, 2, 4, 8, 15, 30, 60],
  });
  return ({ method, path, code, durationMs }) => {
    total.inc({ method, code: code === 0 ? '<error>' : code.toString() });
    if (!path.includes('watch=true')) seconds.observe({ verb: method }, durationMs / 1000);
  };
}
