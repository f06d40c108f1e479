import type { Clock } from '@tagservice/controller-runtime';
import type { TagService } from '@tagservice/crd';
import type { TopicAdmin, TopicSpec } from '@tagservice/event-bus';
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
  const options = { patienceMs: PATIENCE_MS, clock, finished };
  const looking = new BackgroundWork({
    ...options,
    run: ({ key, service }: Input) => look(admins.for(key, service.spec.kafka.brokers), service, clock),
    freshForMs: ({ outcome }: TopicsResult) => (outcome.kind === 'done' ? DRIFT_MS : RETRY_MS),
  });
  const removing = new BackgroundWork({
    ...options,
    run: ({ key, service }: Input) => remove(admins.for(key, service.spec.kafka.brokers), service, clock),
    freshForMs: ({ problem }: Removal) => (problem === undefined ? DRIFT_MS : RETRY_MS),
  });
  return {
    topics(service) {
      const key = keyOfService(service);
      return looking.result(key, JSON.stringify([namesOf(service).topicPrefix, service.spec.kafka]), { key, service });
    },
    async deleteTopics(service) {
      const key = keyOfService(service);
      // A look that is still under way could make a topic again behind the deletion.
      if (looking.busy(key)) return 'a change of them is still under way';
      const result = await removing.result(key, service.metadata.uid, { key, service });
      return result === undefined ? `${kafkaOf(service)} has not answered yet` : result.problem;
    },
    forget(key) {
      looking.forget(key);
      removing.forget(key);
      admins.release(key);
    },
  };
}

type Removal = { readonly problem?: string };

const keyOfService = ({ metadata }: TagService): string => `${metadata.namespace}/${metadata.name}`;
const kafkaOf = ({ spec }: TagService): string => `Kafka at ${spec.kafka.brokers.join(', ')}`;
const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Makes the topics as declared, as far as the broker and the time allow. Never rejects. */
async function look(admin: TopicAdmin, service: TagService, clock: Clock): Promise<TopicsResult> {
  const { kafka } = service.spec;
  const wanted = wantedTopics(kafka, namesOf(service).topics);
  const over = new AbortController();
  try {
    const task = settle(admin, wanted, over.signal);
    return await within(task, { what: kafkaOf(service), limitMs: LIMIT_MS, clock });
  } catch (error) {
    return unreachableResult({ wanted, brokers: kafka.brokers, problem: textOf(error), last: service.status?.topics });
  } finally {
    over.abort();
  }
}

async function settle(admin: TopicAdmin, wanted: readonly TopicSpec[], signal: AbortSignal): Promise<TopicsResult> {
  const before = await observeTopics(admin, wanted);
  const actions = planTopics(wanted, before);
  const problems = await applyTopics(admin, actions, signal);
  const found = actions.some(({ kind }) => kind !== 'refuse') ? await observeTopics(admin, wanted) : before;
  return topicsResult({ wanted, found, problems });
}

/** Deletes the topics and looks whether they are gone. Never rejects. */
async function remove(admin: TopicAdmin, service: TagService, clock: Clock): Promise<Removal> {
  const wanted = wantedTopics(service.spec.kafka, namesOf(service).topics);
  const task = Promise.all(wanted.map(({ name }) => admin.delete(name))).then(() => observeTopics(admin, wanted));
  try {
    const left = await within(task, { what: kafkaOf(service), limitMs: LIMIT_MS, clock });
    return left.length === 0 ? {} : { problem: `${left.map(({ name }) => name).join(', ')} still there` };
  } catch (error) {
    return { problem: textOf(error) };
  }
}
