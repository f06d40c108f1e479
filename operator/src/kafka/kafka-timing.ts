import type { TagService } from '@tagservice/crd';
import type { Outcome } from '../step/outcome.ts';

/** Time limit of one piece of work at Kafka, with all its changes. */
export const LIMIT_MS = 8_000;
/** A reconcile goes on without the answer after so long; a healthy broker answers in some 50 ms. */
export const PATIENCE_MS = 1_000;
/** Less than the steady interval of the reconcile, so that each steady look is a look at Kafka: drift is found within both together. */
const DRIFT_MS = 8_000;
const RETRY_MS = 4_000;
/** Between the steps of something that is under way and known to go on. */
const NEXT_STEP_MS = 1_000;

const underWay: ReadonlySet<string> = new Set([
  'Checking',
  'ReplicationChanging',
  'TopicReplaced',
  'TopicsBeingDeleted',
  'Deleting',
]);

/** How long a result may be given out again, in milliseconds. */
export function freshFor(outcome: Outcome): number {
  if (outcome.kind === 'done') return DRIFT_MS;
  return underWay.has(outcome.reason) ? NEXT_STEP_MS : RETRY_MS;
}

/** Kafka as messages name it. */
export const kafkaOf = ({ spec }: TagService): string => `Kafka at ${spec.kafka.brokers.join(', ')}`;

/** What an error says. */
export const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
