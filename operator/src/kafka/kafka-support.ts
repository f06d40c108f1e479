import { contentWatch, type ContentWatchOptions } from '../revision/content-watch.ts';
import { kafkaClients } from './kafka-clients.ts';
import { kafkaSecrets } from './kafka-secrets.ts';
import { kafkaWork, type KafkaWork } from './kafka-work.ts';
import { lagReader, type LagReader } from './lag-reader.ts';
import type { OpenTopicAdmin } from './topic-admins.ts';

/** Everything of the operator that talks to Kafka; one for each process. */
export interface KafkaSupport {
  readonly work: KafkaWork;
  readonly lag: LagReader;
  /** A service (`namespace/name`) is gone. */
  forget(service: string): void;
  stop(): Promise<void>;
}

export type KafkaSupportOptions = ContentWatchOptions & { readonly open: OpenTopicAdmin };

/** Puts it together; nothing is asked of the cluster or of Kafka yet. */
export function kafkaSupport({ open, ...options }: KafkaSupportOptions): KafkaSupport {
  const { client, clock, changed } = options;
  // Secrets of Kafka have a watch of their own: pods read them as files, and need no rollout when they change.
  const contents = contentWatch(options);
  const clients = kafkaClients(open, kafkaSecrets({ client, contents }));
  const work = kafkaWork({ clients, clock, finished: changed });
  // The lag has an asker that comes back by itself: the steady look of the reconcile.
  const lag = lagReader({ clients, clock, finished: () => undefined });
  return {
    work,
    lag,
    forget(service) {
      work.forget(service);
      lag.forget(service);
    },
    async stop() {
      await contents.stop();
      await clients.close();
    },
  };
}
