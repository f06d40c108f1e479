import type { TopicAdmin } from '../topic-admin.port.ts';
import { AdminClient } from './admin/admin-client.ts';
import { readUses } from './admin/groups.ts';
import { readEnds, readLag } from './admin/offsets.ts';
import { alterReassignments, limitRates, readRates, readReassignments } from './admin/replicas.ts';
import {
  alterTopicConfigs,
  createTopic,
  deleteTopic,
  describeTopics,
  growTopic,
  runningBrokers,
} from './admin/topics.ts';
import { unsecured, type SecuritySource } from './security.ts';

/** Options of {@link kafkaTopicAdmin}. */
export interface KafkaTopicAdminOptions {
  /** `host:port` of some brokers; the others are learned from them. */
  readonly brokers: readonly string[];
  /** Names this process in the brokers' logs and quotas. */
  readonly clientId: string;
  /** Asked before each connection. Default: plain text without a login. */
  readonly security?: SecuritySource;
  /** Longest time one call may take, in milliseconds. Default 5000. */
  readonly timeoutMs?: number;
}

/** Looks after topics through Kafka's admin API, over our own client of the protocol. Connects when first used. Kafka 2.8 or later. */
export function kafkaTopicAdmin(options: KafkaTopicAdminOptions): TopicAdmin {
  const client = new AdminClient({ security: unsecured, timeoutMs: 5000, ...options });
  return {
    describe: (names, options) => client.call(names.join(', '), () => describeTopics(client, names, options)),
    create: (spec) => client.call(spec.name, (attempt) => createTopic(client, spec, attempt)),
    grow: (name, count) => client.call(name, (attempt) => growTopic(client, { name, count }, attempt)),
    alterConfigs: (name, configs) => client.call(name, () => alterTopicConfigs(client, name, configs)),
    delete: (name, { id } = {}) => client.call(name, (attempt) => deleteTopic(client, { name, id }, attempt)),
    lag: async (topic, group) => {
      try {
        return await client.call(topic, () => readLag(client, topic, group));
      } catch (error) {
        return { kind: 'unknown', reason: error instanceof Error ? error.message : String(error) };
      }
    },
    ends: (names) => client.call(names.join(', '), () => readEnds(client, names)),
    uses: (names) => client.call(names.join(', '), () => readUses(client, names)),
    brokers: () => client.call('', () => runningBrokers(client)),
    reassignments: (name) => client.call(name, () => readReassignments(client, name)),
    reassign: (name, targets) => client.call(name, () => alterReassignments(client, name, targets)),
    replicationRates: (brokers) => client.call('', () => readRates(client, brokers)),
    limitReplication: (brokers, rate) => client.call('', () => limitRates(client, brokers, rate)),
    close: () => {
      client.cluster.close();
      return Promise.resolve();
    },
  };
}
