import { performance } from 'node:perf_hooks';
import { Gauge, Registry, collectDefaultMetrics } from 'prom-client';

/** Upper bounds in seconds for request and stage times: from a cached hit (1 ms) to the longest fetch (10 s). */
export const SECONDS_BUCKETS: number[] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/**
 * A registry of its own for one process (nothing global, so that tests and the one-process mode can hold several), with
 * Node's default metrics: CPU, memory, garbage collection, handles, the delay of the event loop (`nodejs_eventloop_lag_*`) and its utilisation.
 */
export function createRegistry(labels: Readonly<Record<string, string>>): Registry {
  const registry = new Registry();
  registry.setDefaultLabels(labels);
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: 20 });
  observeLoopUtilization(registry);
  return registry;
}

/** Share of the time since the last look in which the event loop was at work: near 1 it cannot take more, whatever the processor does. */
function observeLoopUtilization(registry: Registry): void {
  let last = performance.eventLoopUtilization();
  new Gauge({
    name: 'nodejs_eventloop_utilization_ratio',
    help: 'Share of the time since the last scrape in which the event loop was not idle, 0 to 1.',
    registers: [registry],
    collect() {
      const now = performance.eventLoopUtilization();
      this.set(performance.eventLoopUtilization(now, last).utilization);
      last = now;
    },
  });
}
