import type { Clock } from '@tagservice/controller-runtime';
import type { TagService } from '@tagservice/crd';
import type { TopicAdmin } from '@tagservice/event-bus/topic-admin';
import { serviceKey } from '../children/names.ts';
import { waiting, type Outcome } from '../step/outcome.ts';
import { obstacleTo, removeTopics, type Removal } from '../topics/removal.ts';
import { BackgroundWork } from './background-work.ts';
import type { KafkaClients } from './kafka-clients.ts';
import { freshFor, kafkaOf, LIMIT_MS, PATIENCE_MS, textOf } from './kafka-timing.ts';
import { within } from './within.ts';

/** The part of the work on Kafka that a deletion needs. */
export interface RemovalWork {
  obstacle(service: TagService): Promise<Outcome | undefined>;
  deleteTopics(service: TagService): Promise<Removal>;
  forget(key: string): void;
}

export type RemovalWorkOptions = {
  readonly clients: KafkaClients;
  readonly clock: Clock;
  readonly finished: (key: string) => void;
  /** Whether a change of the topics of a service (`namespace/name`) is under way. */
  readonly changing: (key: string) => boolean;
};

type Input = { readonly service: TagService; readonly admin: TopicAdmin };
type Found = { readonly outcome: Outcome | undefined };

/** Asks and deletes beside the reconcile. */
export function removalWork({ clients, clock, finished, changing }: RemovalWorkOptions): RemovalWork {
  const options = { patienceMs: PATIENCE_MS, clock, finished };
  const limited = <T>(service: TagService, task: Promise<T>): Promise<T> =>
    within(task, { what: kafkaOf(service), limitMs: LIMIT_MS, clock });
  const guarding = new BackgroundWork({
    ...options,
    run: ({ service, admin }: Input): Promise<Found> =>
      limited(service, obstacleTo(admin, service)).then((outcome) => ({ outcome }), failed),
    // What was free a moment ago may not be now: nothing is deleted on an old answer.
    freshForMs: ({ outcome }: Found) => (outcome === undefined ? 0 : freshFor(outcome)),
  });
  const removing = new BackgroundWork({
    ...options,
    run: ({ service, admin }: Input): Promise<Removal> =>
      limited(service, removeTopics(admin, service)).catch((error: unknown) => ({ kind: 'waits', ...failed(error) })),
    freshForMs: (removal: Removal) => (removal.kind === 'gone' ? 0 : freshFor(removal.outcome)),
  });
  return {
    async obstacle(service) {
      const key = serviceKey(service);
      // A look that is still under way could make a topic again behind the deletion.
      if (changing(key)) return waiting('Deleting', 'waiting for a change of the topics that is still under way');
      const client = await clients.of(service);
      if (client.kind === 'missing') return blockedBy(client.outcome.message);
      const result = await guarding.result(key, service.metadata.uid, { service, admin: client.admin });
      return result === undefined ? unanswered(service) : result.outcome;
    },
    async deleteTopics(service) {
      const client = await clients.of(service);
      if (client.kind === 'missing') return { kind: 'waits', outcome: blockedBy(client.outcome.message) };
      // The record of the end offsets is the precondition: with it in status the next step is another one.
      const recorded = service.status?.topics?.map(({ name, id, ends }) => [name, id, ends !== undefined]);
      const fingerprint = JSON.stringify([service.metadata.uid, recorded]);
      const result = await removing.result(serviceKey(service), fingerprint, { service, admin: client.admin });
      return result ?? { kind: 'waits', outcome: unanswered(service) };
    },
    forget(key) {
      guarding.forget(key);
      removing.forget(key);
    },
  };
}

function blockedBy(problem: string): Outcome {
  return waiting(
    'DeletionBlocked',
    `the topics cannot be deleted (${problem}): bring Kafka back, or set spec.kafka.deletionPolicy to Retain to leave them`,
  );
}

const unanswered = (service: TagService): Outcome => blockedBy(`${kafkaOf(service)} has not answered yet`);
const failed = (error: unknown): { readonly outcome: Outcome } => ({ outcome: blockedBy(textOf(error)) });
