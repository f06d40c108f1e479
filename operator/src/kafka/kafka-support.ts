import type { Clock, KubeClient } from '@tagservice/controller-runtime';
import type { ContentWatch } from '../revision/content-watch.ts';
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

export type KafkaSupportOptions = {
  readonly client: Pick<KubeClient, 'find'>;
  readonly clock: Clock;
  /** The Secrets with certificates and logins. Pods read them as files, and need no rollout when they change. */
  readonly contents: ContentWatch;
  readonly open: OpenTopicAdmin;
  /** Called with `namespace/name` when Kafka has answered after the reconcile went on. */
  readonly answered: (service: string) => void;
};

/** Puts it together; nothing is asked of the cluster or of Kafka yet. */
export function kafkaSupport({ client, clock, contents, open, answered }: KafkaSupportOptions): KafkaSupport {
  const clients = kafkaClients(open, kafkaSecrets({ client, contents }));
  const work = kafkaWork({ clients, clock, finished: answered });
  // The lag has an asker that comes back by itself: the steady look of the reconcile.
  const lag = lagReader({ clients, clock, finished: () => undefined });
  return {
    work,
    lag,
    forget(service) {
      work.forget(service);
      lag.forget(service);
    },
    stop: () => clients.close(),
  };
}
