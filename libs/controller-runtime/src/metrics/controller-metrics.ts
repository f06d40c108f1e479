import type { Registry } from 'prom-client';
import type { QueueObserver, WorkQueue } from '../queue/work-queue.ts';
import { counter, gauge, histogram } from './get-or-create.ts';

/** How a reconcile ended, as Go's controller-runtime labels it. */
export type ReconcileOutcome = 'success' | 'requeue_after' | 'error';

/** Counts what one controller does. */
export interface ControllerMetrics {
  reconciled(outcome: ReconcileOutcome, durationMs: number): void;
  terminal(): void;
  timedOut(): void;
  workers(active: number): void;
}

/** Buckets of Go's controller-runtime, in seconds: its dashboards fit. */
const reconcileBuckets = [
  0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.6, 0.7, 0.8, 0.9, 1, 1.25, 1.5, 1.75, 2,
  2.5, 3, 3.5, 4, 4.5, 5, 6, 7, 8, 9, 10, 15, 20, 25, 30, 40, 50, 60,
];
const queueBuckets = [1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1, 10, 100, 1000];

/** Metrics of one controller under controller-runtime's names. */
export function controllerMetrics(registry: Registry, name: string, concurrency: number): ControllerMetrics {
  const labels = { controller: name };
  const labelNames = ['controller'];
  const count = (metric: string, help: string) =>
    counter(registry, { name: `controller_runtime_${metric}`, help, labelNames });
  const level = (metric: string, help: string) =>
    gauge(registry, { name: `controller_runtime_${metric}`, help, labelNames });
  const total = counter(registry, {
    name: 'controller_runtime_reconcile_total',
    help: 'Reconciles by result.',
    labelNames: ['controller', 'result'],
  });
  const errors = count('reconcile_errors_total', 'Reconciles that failed.');
  const terminal = count(
    'terminal_reconcile_errors_total',
    'Reconciles that failed in a way that trying again cannot mend.',
  );
  const timeouts = count('reconcile_timeouts_total', 'Reconciles that ran into their time limit.');
  const active = level('active_workers', 'Reconciles running now.');
  const seconds = histogram(registry, {
    name: 'controller_runtime_reconcile_time_seconds',
    help: 'How long reconciles took.',
    labelNames,
    buckets: reconcileBuckets,
  });
  level('max_concurrent_reconciles', 'Most reconciles at the same time.').set(labels, concurrency);
  for (const result of ['success', 'requeue_after', 'error']) total.inc({ ...labels, result }, 0);
  for (const metric of [errors, terminal, timeouts]) metric.inc(labels, 0);
  active.set(labels, 0);
  return {
    reconciled: (result, durationMs) => {
      total.inc({ ...labels, result });
      if (result === 'error') errors.inc(labels);
      seconds.observe(labels, durationMs / 1000);
    },
    terminal: () => {
      terminal.inc(labels);
    },
    timedOut: () => {
      timeouts.inc(labels);
    },
    workers: (running) => {
      active.set(labels, running);
    },
  };
}

/** An observer for a queue, and gauges that look at it when the registry is scraped. Bind the queue once it exists. */
export function queueMetrics(
  registry: Registry,
  name: string,
): { observer: QueueObserver; bind(queue: WorkQueue): void } {
  const labels = { name, controller: name };
  const labelNames = ['name', 'controller'];
  const adds = counter(registry, { name: 'workqueue_adds_total', help: 'Keys added.', labelNames });
  const retries = counter(registry, {
    name: 'workqueue_retries_total',
    help: 'Keys added again after a failure.',
    labelNames,
  });
  const time = (metric: string, help: string) =>
    histogram(registry, { name: metric, help, labelNames, buckets: queueBuckets });
  const waited = time('workqueue_queue_duration_seconds', 'How long keys waited before a worker took them.');
  const worked = time('workqueue_work_duration_seconds', 'How long the work on a key took.');
  adds.inc(labels, 0);
  retries.inc(labels, 0);
  return {
    observer: {
      added: () => {
        adds.inc(labels);
      },
      retried: () => {
        retries.inc(labels);
      },
      started: (ms) => {
        waited.observe(labels, ms / 1000);
      },
      finished: (ms) => {
        worked.observe(labels, ms / 1000);
      },
    },
    bind: (queue) => {
      bindGauges(registry, labels, queue);
    },
  };
}

/** Every queue that gauges read, by registry and name: a metric has one collect function, whatever the number of queues. */
const queues = new WeakMap<Registry, Map<string, WorkQueue>>();

function bindGauges(registry: Registry, labels: { name: string; controller: string }, queue: WorkQueue): void {
  const known = queues.get(registry);
  const bound = known ?? new Map<string, WorkQueue>();
  bound.set(labels.name, queue);
  if (known !== undefined) return;
  queues.set(registry, bound);
  const readings: readonly (readonly [string, string, (queue: WorkQueue) => number])[] = [
    ['workqueue_depth', 'Keys that wait.', (one) => one.depth],
    [
      'workqueue_unfinished_work_seconds',
      'Sum of how long running work has taken so far.',
      (one) => sum(one.runningFor()) / 1000,
    ],
    [
      'workqueue_longest_running_processor_seconds',
      'How long the longest running work has taken so far.',
      (one) => Math.max(0, ...one.runningFor()) / 1000,
    ],
  ];
  for (const [name, help, read] of readings) {
    const metric = gauge(registry, { name, help, labelNames: ['name', 'controller'] });
    Object.assign(metric, {
      collect: () => {
        for (const [one, reads] of bound) metric.set({ name: one, controller: one }, read(reads));
      },
    });
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
