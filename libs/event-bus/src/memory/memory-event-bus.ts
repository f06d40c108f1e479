import { BusClosed } from '../errors.ts';
import type { EventBus, Subscription } from '../port.ts';
import type { SubscriptionTuning } from '../subscription-core.ts';
import type { TopicAdmin } from '../topic-admin.port.ts';
import { withTraceContext } from '../trace.ts';
import { MemoryBroker } from './broker.ts';
import { MemorySubscription } from './memory-subscription.ts';

/** Options of {@link memoryEventBus}. */
export interface MemoryEventBusOptions extends SubscriptionTuning {
  /** Shared with other buses and with {@link memoryTopicAdmin}. Default: one of its own. */
  readonly broker?: MemoryBroker;
  /** Topics to create at once, with 4 partitions each. */
  readonly topics?: readonly string[];
}

/** An event bus within this process, for development and for tests of those who use the port. Same contract as Kafka, nothing kept. */
export function memoryEventBus(options: MemoryEventBusOptions = {}): EventBus {
  const broker = options.broker ?? new MemoryBroker();
  for (const name of options.topics ?? []) broker.create({ name, partitions: 4, replicationFactor: 1, configs: {} });
  const subscriptions = new Set<Subscription>();
  let closed = false;
  return {
    publish: (topic, messages) =>
      settle(() => {
        if (closed) throw new BusClosed();
        broker.publish(
          topic,
          messages.map((message) => ({ ...message, headers: withTraceContext(message.headers) })),
        );
      }),
    subscribe: (subscribe) =>
      settle(() => {
        if (closed) throw new BusClosed();
        const subscription = new MemorySubscription(broker, subscribe, options);
        subscriptions.add(subscription);
        return subscription;
      }),
    ping: () =>
      settle(() => {
        broker.check();
      }),
    close: async () => {
      closed = true;
      await Promise.all(
        Array.from(subscriptions, async (subscription) => {
          await subscription.stop();
        }),
      );
    },
  };
}

/** Looks after the topics of a {@link MemoryBroker}. */
export function memoryTopicAdmin(broker: MemoryBroker): TopicAdmin {
  return {
    describe: (names, options) =>
      settle(() => names.map((name) => broker.describe(name, options)).filter((found) => found !== undefined)),
    create: (spec) => settle(() => broker.create(spec)),
    grow: (name, partitions) =>
      settle(() => {
        broker.grow(name, partitions);
      }),
    alterConfigs: (name, configs) =>
      settle(() => {
        broker.alterConfigs(name, configs);
      }),
    delete: (name, options) => settle(() => broker.delete(name, options)),
    lag: (topic, group) => settle(() => broker.lag(topic, group)),
    ends: (names) => settle(() => names.map((name) => broker.ends(name)).filter((found) => found !== undefined)),
    uses: (names) => settle(() => names.flatMap((name) => broker.uses(name))),
    ...replicaCalls(broker),
    close: () => Promise.resolve(),
  };
}

type ReplicaCall = 'brokers' | 'reassignments' | 'reassign' | 'replicationRates' | 'limitReplication';

function replicaCalls(broker: MemoryBroker): Pick<TopicAdmin, ReplicaCall> {
  const call = async <T>(work: () => T): Promise<T> =>
    await settle(() => {
      broker.check();
      return work();
    });
  return {
    brokers: () => call(() => broker.replicas.running()),
    reassignments: (name) => call(() => broker.replicas.moves(name)),
    reassign: (name, targets) =>
      call(() => {
        broker.replicas.move(name, targets);
      }),
    replicationRates: (brokers) => call(() => broker.replicas.rates(brokers)),
    limitReplication: (brokers, rate) =>
      call(() => {
        broker.replicas.limit(brokers, rate);
      }),
  };
}

/** A call of the memory broker as a promise: what it throws becomes a rejection. */
async function settle<T>(call: () => T): Promise<T> {
  await Promise.resolve();
  return call();
}
