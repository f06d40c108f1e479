import { BusClosed, BusUnavailable } from '../errors.ts';
import { silentLogger } from '../log.ts';
import type { EventBus } from '../port.ts';
import type { SubscriptionTuning } from '../subscription-core.ts';
import { kafkaClient, type KafkaOptions } from './client.ts';
import { reasonOf, withinDeadline } from './failure.ts';
import { KafkaPublisher } from './publisher.ts';
import { KafkaSubscription } from './kafka-subscription.ts';

/** Options of {@link kafkaEventBus}. */
export interface KafkaEventBusOptions extends KafkaOptions, SubscriptionTuning {
  /** Longest wait for the acknowledgement of a publish, in milliseconds. Default 5000. */
  readonly publishTimeoutMs?: number;
}

const pingTimeoutMs = 2000;

/** The event bus over Kafka. Connects when first used; nothing is created on the brokers. */
export function kafkaEventBus(options: KafkaEventBusOptions): EventBus {
  const { brokers, logger = silentLogger } = options;
  const kafka = kafkaClient(options);
  const publisher = new KafkaPublisher(kafka, { brokers, timeoutMs: options.publishTimeoutMs ?? 5000 });
  const subscriptions = new Set<KafkaSubscription>();
  let closed = false;
  return {
    publish: async (topic, messages) => {
      await publisher.publish(topic, messages);
    },
    subscribe: (subscribe) => {
      if (closed) return Promise.reject(new BusClosed());
      const subscription = new KafkaSubscription(kafka, subscribe, { ...options, brokers, logger });
      subscriptions.add(subscription);
      return Promise.resolve(subscription);
    },
    ping: async () => {
      const admin = kafka.admin({ retry: { retries: 0 } });
      try {
        await withinDeadline(
          admin.connect().then(async () => await admin.describeCluster()),
          { brokers, ms: pingTimeoutMs },
        );
      } catch (error) {
        throw error instanceof BusUnavailable ? error : new BusUnavailable(brokers, reasonOf(error), { cause: error });
      } finally {
        void admin.disconnect().catch(() => undefined);
      }
    },
    close: async () => {
      closed = true;
      await Promise.all(
        Array.from(subscriptions, async (subscription) => {
          await subscription.stop();
        }),
      );
      await publisher.close();
    },
  };
}
