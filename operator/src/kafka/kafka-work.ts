import type { Clock } from '@tagservice/controller-runtime';
import type { TagService } from '@tagservice/crd';
import { namesOf } from '../children/names.ts';
import { applyTopics } from '../topics/topics.apply.ts';
import { observeTopics } from '../topics/topics.observe.ts';
import { planTopics, wantedTopics } from '../topics/topics.plan.ts';
import { topicsResult, unreachableResult, type TopicsResult } from '../topics/topics.status.ts';
import { BackgroundWork } from './background-work.ts';
import type { TopicAdmins } from './topic-admins.ts';
import { within } from './within.ts';

/** What of Kafka the reconcile needs. A broker that does not answer never holds it up. */
export interface KafkaWork {
  /** Makes the topics as declared; undefined while the first look is under way. */
  topics(service: TagService): Promise<TopicsResult | undefined>;
  /** Deletes the topics. Answers undefined when they are gone, else what keeps them. */
  deleteTopics(service: TagService): Promise<string | undefined>;
  forget(key: string): void;
}

/** Time limit of one look, with all its changes. */
const LIMIT_MS = 8_000;
/** A reconcile goes on without the answer after so long; a healthy broker answers in some 50 ms. */
const PATIENCE_MS = 1_000;
/** Drift made in Kafka is found within this time. */
const DRIFT_MS = 30_000;
const RETRY_MS = 4_000;

type Input = { readonly key: string; readonly service: TagService };

export type KafkaWorkOptions = {
  readonly admins: TopicAdmins;
  readonly clock: Clock;
  /** Called with `namespace/name` when something became known after the reconcile went on. */
  readonly finished: (key: string) => void;
};

/** The work on the clients of `admins`. */
export function kafkaWork({ admins, clock, finished }: KafkaWorkOptions): KafkaWork {
  const limited = <T>(task: Promise<T>, service: TagService): Promise<T> =>
    within(task, { what: `Kafka at ${service.spec.kafka.brokers.join(', ')}`, limitMs: LIMIT_MS, clock });

  async function look({ key, service }: Input): Promise<TopicsResult> {
    const { kafka } = service.spec;
    const wanted = wantedTopics(kafka, namesOf(service).topics);
    try {
      return await limited(settle(admins.for(key, kafka.brokers), wanted), service);
    } catch (error) {
      return unreachableResult({
        wanted,
        brokers: kafka.brokers,
        problem: textOf(error),
        last: service.status?.topics,
      });
    }
  }

  async function remove({ key, service }: Input): Promise<{ problem?: string }> {
    try {
      const admin = admins.for(key, service.spec.kafka.brokers);
      const { requests, results, deadLetters } = namesOf(service).topics;
      await limited(Promise.all([requests, results, deadLetters].map((topic) => admin.delete(topic))), service);
      return {};
    } catch (error) {
      return { problem: textOf(error) };
    }
  }

  const common = { patienceMs: PATIENCE_MS, clock, finished };
  const looking = new BackgroundWork({
    ...common,
    run: look,
    freshForMs: ({ outcome }: TopicsResult) => (outcome.kind === 'done' ? DRIFT_MS : RETRY_MS),
  });
  const removing = new BackgroundWork({
    ...common,
    run: remove,
    freshForMs: ({ problem }: { problem?: string }) => (problem === undefined ? DRIFT_MS : RETRY_MS),
  });
  const keyOfService = ({ metadata }: TagService): string => `${metadata.namespace}/${metadata.name}`;

  return {
    topics: (service) => {
      const key = keyOfService(service);
      return looking.result(key, JSON.stringify([namesOf(service).topicPrefix, service.spec.kafka]), { key, service });
    },
    async deleteTopics(service) {
      const key = keyOfService(service);
      const result = await removing.result(key, service.metadata.uid, { key, service });
      return result === undefined
        ? `Kafka at ${service.spec.kafka.brokers.join(', ')} has not answered yet`
        : result.problem;
    },
    forget(key) {
      looking.forget(key);
      removing.forget(key);
      admins.release(key);
    },
  };
}

async function settle(
  admin: ReturnType<TopicAdmins['for']>,
  wanted: ReturnType<typeof wantedTopics>,
): Promise<TopicsResult> {
  const before = await observeTopics(admin, wanted);
  const actions = planTopics(wanted, before);
  const problems = await applyTopics(admin, actions);
  const found = actions.some(({ kind }) => kind !== 'refuse') ? await observeTopics(admin, wanted) : before;
  return topicsResult({ wanted, found, problems });
}

const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
