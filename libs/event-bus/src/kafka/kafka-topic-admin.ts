import { setTimeout as pause } from 'node:timers/promises';
import type { Admin, ITopicMetadata } from 'kafkajs';
import { TopicMissing, TopicRefused } from '../errors.ts';
import type { LagReading, PartitionLag, TopicAdmin, TopicDescription, TopicSpec } from '../topic-admin.port.ts';
import { kafkaClient, type KafkaOptions } from './client.ts';
import { ConfigResourceTypes } from './kafkajs.ts';
import { isTransient, protocolCode, topicFailure, withinDeadline } from './failure.ts';

/** Options of {@link kafkaTopicAdmin}. */
export interface KafkaTopicAdminOptions extends KafkaOptions {
  /** Longest time one call may take, in milliseconds. Default 5000. */
  readonly timeoutMs?: number;
}

/** Source of a configuration entry that was set on the topic itself (DYNAMIC_TOPIC_CONFIG). */
const topicSource = 1;

/** Looks after topics through Kafka's admin API. Connects when first used. */
export function kafkaTopicAdmin(options: KafkaTopicAdminOptions): TopicAdmin {
  return new KafkaTopicAdmin(options);
}

/** A kafkajs admin that connects when first used. */
class Connection {
  readonly admin: Admin;
  #connected: Promise<void> | undefined;

  constructor(options: KafkaOptions) {
    this.admin = kafkaClient(options).admin({ retry: { initialRetryTime: 100, maxRetryTime: 500, retries: 2 } });
  }

  async ready(): Promise<Admin> {
    this.#connected ??= this.admin.connect().catch((error: unknown) => {
      this.#connected = undefined;
      throw error;
    });
    await this.#connected;
    return this.admin;
  }
}

/**
 * kafkajs remembers every topic whose offsets it was asked for and wants the metadata of all of them before each later request; one that
 * does not exist (any more) makes every request fail, whatever it is about. So offsets have a connection of their own, are asked for only
 * of topics that exist, and their connection is replaced when it has failed.
 */
class KafkaTopicAdmin implements TopicAdmin {
  readonly #options: KafkaTopicAdminOptions;
  readonly #admin: Admin;
  readonly #topics: Connection;
  #offsets: Connection;
  readonly #brokers: readonly string[];
  readonly #timeoutMs: number;

  constructor(options: KafkaTopicAdminOptions) {
    this.#options = options;
    this.#brokers = options.brokers;
    this.#timeoutMs = options.timeoutMs ?? 5000;
    this.#topics = new Connection(options);
    this.#offsets = new Connection(options);
    this.#admin = this.#topics.admin;
  }

  async describe(names: readonly string[]): Promise<TopicDescription[]> {
    return await this.#call(names.join(', '), async () => {
      const existing = new Set(await this.#admin.listTopics());
      const topics = names.filter((name) => existing.has(name));
      if (topics.length === 0) return [];
      const [metadata, { resources }] = await Promise.all([
        this.#admin.fetchTopicMetadata({ topics }),
        this.#admin.describeConfigs({
          resources: topics.map((name) => ({ type: ConfigResourceTypes.TOPIC, name })),
          includeSynonyms: false,
        }),
      ]);
      return metadata.topics.map((topic) => {
        const entries = resources.find(({ resourceName }) => resourceName === topic.name)?.configEntries ?? [];
        return description(topic, entries);
      });
    });
  }

  async create({ name, partitions, replicationFactor, configs }: TopicSpec): Promise<boolean> {
    return await this.#call(name, async () => {
      const configEntries = Object.entries(configs).map(([key, value]) => ({ name: key, value }));
      const topic = { topic: name, numPartitions: partitions, replicationFactor, configEntries };
      // kafkajs' own wait gives up when the broker's view of the topics is a moment behind its controller's.
      const created = await this.#admin.createTopics({
        topics: [topic],
        waitForLeaders: false,
        timeout: this.#timeoutMs,
      });
      if (created) await this.#leaders(name);
      return created;
    });
  }

  async grow(name: string, partitions: number): Promise<void> {
    const current = (await this.#existing(name)).partitions;
    if (partitions === current) return;
    if (partitions < current) {
      throw new TopicRefused(name, 'INVALID_PARTITIONS', { detail: `has ${String(current)} partitions already` });
    }
    await this.#call(name, async () => {
      const topicPartitions = [{ topic: name, count: partitions }];
      await this.#admin.createPartitions({ topicPartitions, timeout: this.#timeoutMs });
    });
  }

  async alterConfigs(name: string, configs: Readonly<Record<string, string>>): Promise<void> {
    const current = await this.#existing(name);
    const kept = Object.fromEntries(current.overrides.map((key) => [key, current.configs[key] ?? '']));
    const configEntries = Object.entries({ ...kept, ...configs }).map(([key, value]) => ({ name: key, value }));
    await this.#call(name, async () => {
      const resources = [{ type: ConfigResourceTypes.TOPIC, name, configEntries }];
      await this.#admin.alterConfigs({ validateOnly: false, resources });
    });
  }

  async delete(name: string): Promise<boolean> {
    try {
      await this.#call(name, async () => {
        await this.#admin.deleteTopics({ topics: [name], timeout: this.#timeoutMs });
      });
      return true;
    } catch (error) {
      if (error instanceof TopicMissing) return false;
      throw error;
    }
  }

  async lag(topic: string, group: string): Promise<LagReading> {
    try {
      return await this.#call(topic, async () => {
        if (!(await this.#admin.listTopics()).includes(topic)) throw new TopicMissing(topic);
        const [committed, ends] = await this.#patiently(() =>
          this.#withOffsets(async (admin) => {
            // Committed before ends: what arrives in between is counted as lag, never the other way round.
            const [offsets] = await admin.fetchOffsets({ groupId: group, topics: [topic] });
            return [offsets, await admin.fetchTopicOffsets(topic)] as const;
          }),
        );
        const offsets = new Map(
          (committed?.partitions ?? []).map(({ partition, offset }) => [partition, BigInt(offset)]),
        );
        const partitions = ends.map(({ partition, high, low }): PartitionLag => {
          const lag = BigInt(high) - larger(offsets.get(partition) ?? -1n, BigInt(low));
          return { partition, lag: lag > 0n ? Number(lag) : 0 };
        });
        partitions.sort((left, right) => left.partition - right.partition);
        return { kind: 'known', total: partitions.reduce((sum, { lag }) => sum + lag, 0), partitions };
      });
    } catch (error) {
      return { kind: 'unknown', reason: error instanceof Error ? error.message : String(error) };
    }
  }

  async close(): Promise<void> {
    await Promise.all([this.#leave(this.#topics), this.#leave(this.#offsets)]);
  }

  /**
   * Waits until every partition of a new topic answers for itself, within the time limit of a call. A leader in the
   * metadata is not enough: the broker may not serve the partition yet, and kafkajs repeats a whole request, with all that
   * was written already, when one partition of it is refused.
   */
  async #leaders(name: string): Promise<void> {
    // Not the connection of the others: what it is refused while the topic comes into being is no failure of theirs.
    const connection = new Connection(this.#options);
    try {
      const admin = await connection.ready();
      for (const deadline = Date.now() + this.#timeoutMs; Date.now() < deadline;) {
        const offsets = await admin.fetchTopicOffsets(name).catch((error: unknown) => {
          if (protocolCode(error) === undefined) throw error;
          return [];
        });
        if (offsets.length > 0) return;
        await pause(20);
      }
    } finally {
      void this.#leave(connection);
    }
  }

  async #existing(name: string): Promise<TopicDescription> {
    const [topic] = await this.describe([name]);
    if (topic === undefined) throw new TopicMissing(name);
    return topic;
  }

  /** Runs a call within the time limit; what it throws becomes an error of the port. */
  async #call<T>(topic: string, call: () => Promise<T>): Promise<T> {
    const work = this.#topics.ready().then(call);
    try {
      return await withinDeadline(work, { brokers: this.#brokers, ms: this.#timeoutMs });
    } catch (error) {
      throw topicFailure(this.#brokers, topic, error);
    }
  }

  async #withOffsets<T>(call: (admin: Admin) => Promise<T>): Promise<T> {
    const connection = this.#offsets;
    try {
      return await call(await connection.ready());
    } catch (error) {
      if (this.#offsets === connection) {
        this.#offsets = new Connection(this.#options);
        void this.#leave(connection);
      }
      throw error;
    }
  }

  /** Asks again, within the time limit of a call, while Kafka says that it is not ready: kafkajs does so for some requests only. */
  async #patiently<T>(call: () => Promise<T>): Promise<T> {
    for (const deadline = Date.now() + this.#timeoutMs; ;) {
      try {
        return await call();
      } catch (error) {
        if (!isTransient(error) || Date.now() > deadline) throw error;
        await pause(50);
      }
    }
  }

  /** Disconnecting is a courtesy to the broker: nothing depends on it. */
  async #leave({ admin }: Connection): Promise<void> {
    await withinDeadline(admin.disconnect(), { brokers: this.#brokers, ms: 2000 }).catch(() => undefined);
  }
}

interface ConfigEntry {
  readonly configName: string;
  readonly configValue: string;
  readonly configSource: number;
}

function description(topic: ITopicMetadata, entries: readonly ConfigEntry[]): TopicDescription {
  return {
    name: topic.name,
    partitions: topic.partitions.length,
    replicationFactor: topic.partitions.find(({ partitionId }) => partitionId === 0)?.replicas.length ?? 0,
    offlinePartitions: topic.partitions.filter(({ leader }) => leader < 0).length,
    configs: Object.fromEntries(entries.map(({ configName, configValue }) => [configName, configValue])),
    overrides: entries.filter(({ configSource }) => configSource === topicSource).map(({ configName }) => configName),
  };
}

function larger(left: bigint, right: bigint): bigint {
  return left > right ? left : right;
}
