import type { Clock } from '@tagservice/controller-runtime';
import type { TagService } from '@tagservice/crd';
import { BusAccessRefused, type TopicAdmin } from '@tagservice/event-bus/topic-admin';
import { namesOf, serviceKey } from '../children/names.ts';
import { isFrozen } from '../step/freeze.ts';
import { waiting, type Outcome } from '../step/outcome.ts';
import { leaveMoves } from '../topics/move.apply.ts';
import { lookAtTopics } from '../topics/topics.look.ts';
import { wantedTopics } from '../topics/topics.plan.ts';
import type { Removal } from '../topics/removal.ts';
import { blockedResult, type TopicsResult } from '../topics/topics.status.ts';
import { BackgroundWork } from './background-work.ts';
import type { KafkaClients } from './kafka-clients.ts';
import { departures } from './departures.ts';
import { freshFor, kafkaOf, LIMIT_MS, PATIENCE_MS, textOf } from './kafka-timing.ts';
import { removalWork } from './removal-work.ts';
import { within } from './within.ts';

/** What of Kafka the reconcile needs. A broker that does not answer never holds it up. */
export interface KafkaWork {
  /** Makes the topics as declared; undefined while the first look is under way. */
  topics(service: TagService): Promise<TopicsResult | undefined>;
  /** What keeps the topics from being deleted: work that waits in them, or others who read them. Undefined: nothing. */
  obstacle(service: TagService): Promise<Outcome | undefined>;
  /** Takes the deletion of the topics one step further. */
  deleteTopics(service: TagService): Promise<Removal>;
  forget(key: string): void;
}

type Input = { readonly key: string; readonly service: TagService; readonly admin: TopicAdmin };

export type KafkaWorkOptions = {
  readonly clients: KafkaClients;
  readonly clock: Clock;
  /** Called with `namespace/name` when something became known after the reconcile went on. */
  readonly finished: (key: string) => void;
};

/** The work on the clients of `clients`. */
export function kafkaWork({ clients, clock, finished }: KafkaWorkOptions): KafkaWork {
  const options = { patienceMs: PATIENCE_MS, clock, finished };
  const limited = <T>(service: TagService, task: Promise<T>): Promise<T> =>
    within(task, { what: kafkaOf(service), limitMs: LIMIT_MS, clock });
  const looking = new BackgroundWork({
    ...options,
    run: ({ service, admin }: Input) =>
      look(service, (signal) => limited(service, lookAtTopics(admin, service, signal))),
    freshForMs: ({ outcome }: TopicsResult) => freshFor(outcome),
  });
  const removal = removalWork({ clients, clock, finished, changing: (key) => looking.busy(key) });
  const told = new WeakSet<TopicsResult>();
  /** Services whose copies are on their way, with what was set for it. */
  const moving = new Map<string, () => Promise<void>>();
  const noteMoves = (key: string, admin: TopicAdmin, { topics }: TopicsResult): void => {
    if (topics.some((topic) => topic.moving !== undefined)) moving.set(key, () => leaveMoves(admin, topics));
    else moving.delete(key);
  };
  const leaving = departures({ clients, clock });
  return {
    async topics(service) {
      const key = serviceKey(service);
      leaving.back(key);
      const client = await clients.of(service);
      if (client.kind === 'missing') return notReached(service, client.outcome);
      const result = await looking.result(key, subjectOf(service, client.fingerprint), {
        key,
        service,
        admin: client.admin,
      });
      if (result === undefined) return undefined;
      noteMoves(key, client.admin, result);
      return once(told, result);
    },
    obstacle: removal.obstacle,
    deleteTopics: removal.deleteTopics,
    forget(key) {
      looking.forget(key);
      removal.forget(key);
      leaving.leave(key, moving.get(key));
      moving.delete(key);
    },
  };
}

/** What a look is about: another resource of the name, or another declaration, needs a look of its own. */
function subjectOf(service: TagService, access: string): string {
  const { kafka, mode } = service.spec;
  const { topicPrefix } = namesOf(service);
  return JSON.stringify([service.metadata.uid, topicPrefix, kafka, mode, isFrozen(service, 'Topics'), access]);
}

/** A result is given out again while it is fresh; what was corrected is told with the first. */
function once(told: WeakSet<TopicsResult>, result: TopicsResult): TopicsResult {
  if (!told.has(result)) {
    told.add(result);
    return result;
  }
  const { corrections: _corrections, ...rest } = result;
  return rest;
}

function notReached(service: TagService, outcome: Parameters<typeof blockedResult>[0]['outcome']): TopicsResult {
  const wanted = wantedTopics(service.spec.kafka, namesOf(service).topics);
  return blockedResult({ wanted, last: service.status?.topics ?? [], outcome });
}

const OVER = new Error('The look is over.');

/** Makes the topics as declared, as far as the broker and the time allow. Never rejects. */
async function look(service: TagService, work: (signal: AbortSignal) => Promise<TopicsResult>): Promise<TopicsResult> {
  const over = new AbortController();
  try {
    return await work(over.signal);
  } catch (error) {
    return notReached(service, unreached(service, error));
  } finally {
    // With a reason, since without one Node makes an exception each time.
    over.abort(OVER);
  }
}

function unreached({ spec }: TagService, error: unknown) {
  const problem = `${spec.kafka.brokers.join(', ')} (${textOf(error)})`;
  if (error instanceof BusAccessRefused)
    return waiting(
      'KafkaAccessRefused',
      `no access to spec.kafka.brokers ${problem}: correct spec.kafka.tls, spec.kafka.sasl or the Secrets that they name; it is tried again by itself`,
    );
  return waiting(
    'KafkaUnreachable',
    `no answer from spec.kafka.brokers ${problem}: check the addresses and that the brokers run; it is tried again by itself`,
  );
}
