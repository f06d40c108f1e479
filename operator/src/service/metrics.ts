import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { TagServiceStatus } from '@tagservice/crd';
import type { StepReport } from '../step/step.ts';

/** What the operator tells about TagServices, beside what the runtime tells about itself. */
export interface ServiceMetrics {
  observeStep(concern: string, seconds: number, report: StepReport): void;
  observeStatus(key: string, status: TagServiceStatus): void;
  observeWrite(): void;
  /** Something of ours was changed by somebody else and corrected; `repeated` is a fight. */
  observeDrift(concern: string, cause: string, repeated: boolean): void;
  /** So many topics stay although they were to be deleted, because their namespace could not wait. */
  observeKept(topics: number): void;
  forget(key: string): void;
}

/** Registers the metrics. */
function register(registers: Registry[]) {
  return {
    steps: new Histogram({
      name: 'tagservice_operator_step_seconds',
      help: 'Time of one step of a reconcile, by concern and outcome.',
      labelNames: ['concern', 'outcome'],
      buckets: [0.001, 0.005, 0.02, 0.1, 0.5, 1, 2, 5, 10],
      registers,
    }),
    condition: new Gauge({
      name: 'tagservice_condition',
      help: 'Conditions of TagServices: 1 True, 0 False, -1 Unknown.',
      labelNames: ['namespace', 'name', 'type'],
      registers,
    }),
    lag: new Gauge({
      name: 'tagservice_lag_messages',
      help: 'Waiting messages of the requests topic; absent while unknown.',
      labelNames: ['namespace', 'name'],
      registers,
    }),
    writes: new Counter({ name: 'tagservice_operator_status_writes_total', help: 'Writes of status.', registers }),
    drift: new Counter({
      name: 'tagservice_operator_drift_corrections_total',
      help: 'Things that somebody else changed or deleted and that were made as declared again, by concern and cause.',
      labelNames: ['concern', 'cause'],
      registers,
    }),
    fights: new Counter({
      name: 'tagservice_operator_drift_repeated_total',
      help: 'Corrections of one object beyond the third within five minutes: another writer fights with the operator.',
      labelNames: ['concern'],
      registers,
    }),
    kept: new Counter({
      name: 'tagservice_operator_topics_kept_total',
      help: 'Topics left in Kafka although deletionPolicy is Delete, because their namespace was deleted and they could not be in time.',
      registers,
    }),
  };
}

/** The metrics, registered. */
export function serviceMetrics(registry: Registry): ServiceMetrics {
  const { steps, condition, lag, writes, drift, fights, kept } = register([registry]);
  const known = new Map<string, readonly string[]>();

  function forget(key: string): void {
    const labels = labelsOf(key);
    for (const type of known.get(key) ?? []) condition.remove({ ...labels, type });
    lag.remove(labels);
    known.delete(key);
  }

  return {
    observeStep(concern, seconds, { outcomes }) {
      const kinds = Object.values(outcomes).map(({ kind }) => kind);
      const outcome =
        (['failed', 'stalled', 'waiting', 'advisory'] as const).find((kind) => kinds.includes(kind)) ?? 'done';
      steps.observe({ concern, outcome }, seconds);
    },
    observeStatus(key, { conditions = [], scaling }) {
      forget(key);
      const labels = labelsOf(key);
      for (const { type, status } of conditions) condition.set({ ...labels, type }, STATUS_VALUE[status]);
      if (scaling?.lag !== undefined) lag.set(labels, scaling.lag);
      known.set(
        key,
        conditions.map(({ type }) => type),
      );
    },
    observeWrite() {
      writes.inc();
    },
    observeDrift(concern, cause, repeated) {
      drift.inc({ concern, cause });
      if (repeated) fights.inc({ concern });
    },
    observeKept(topics) {
      kept.inc(topics);
    },
    forget,
  };
}

const STATUS_VALUE = { True: 1, False: 0, Unknown: -1 } as const;

function labelsOf(key: string): { namespace: string; name: string } {
  const [namespace = '', name = ''] = key.split('/');
  return { namespace, name };
}
