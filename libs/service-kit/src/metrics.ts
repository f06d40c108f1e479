import { Registry, collectDefaultMetrics } from 'prom-client';

/** Upper bounds in seconds for request and stage times: from a cached hit (1 ms) to the longest fetch (10 s). */
export const SECONDS_BUCKETS: number[] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/**
 * A registry of its own for one process (nothing global, so that tests and the one-process mode can hold several), with
 * Node's default metrics: CPU, memory, garbage collection, handles and the event-loop delay (`nodejs_eventloop_lag_*`).
 */
export function createRegistry(labels: Readonly<Record<string, string>>): Registry {
  const registry = new Registry();
  registry.setDefaultLabels(labels);
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: 20 });
  return registry;
}
