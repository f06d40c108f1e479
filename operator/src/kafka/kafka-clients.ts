import type { TagService } from '@tagservice/crd';
import type { TopicAdmin } from '@tagservice/event-bus/topic-admin';
import type { KafkaAccess, KafkaSecrets } from './kafka-secrets.ts';
import { serviceKey } from '../children/names.ts';
import { TopicAdmins, type OpenTopicAdmin } from './topic-admins.ts';

/** A client for a service, or what is missing to have one. */
export type KafkaClient =
  | {
      readonly kind: 'open';
      readonly admin: TopicAdmin;
      /** Changes with what secrets hold. */ readonly fingerprint: string;
    }
  | Extract<KafkaAccess, { kind: 'missing' }>;

/** Clients of Kafka with the login that each service declares. */
export interface KafkaClients {
  of(service: TagService): Promise<KafkaClient>;
  /** A service (`namespace/name`) is gone. */
  forget(service: string): void;
  close(): Promise<void>;
}

/** Clients that `open` makes, with what `secrets` finds. */
export function kafkaClients(open: OpenTopicAdmin, secrets: KafkaSecrets): KafkaClients {
  const admins = new TopicAdmins(open);
  return {
    async of(service) {
      const access = await secrets.access(service);
      if (access.kind === 'missing') return access;
      const { security, fingerprint } = access;
      const { brokers } = service.spec.kafka;
      return {
        kind: 'open',
        admin: admins.for(serviceKey(service), { brokers, security, fingerprint }),
        fingerprint,
      };
    },
    forget(service) {
      secrets.forget(service);
      admins.release(service);
    },
    close: () => admins.close(),
  };
}
