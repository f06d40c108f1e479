/** A topic that shall exist. */
export interface TopicSpec {
  readonly name: string;
  readonly partitions: number;
  readonly replicationFactor: number;
  /** Topic configuration by its Kafka names, e.g. `retention.ms`. */
  readonly configs: Readonly<Record<string, string>>;
}

/** A topic as the broker describes it. */
export interface TopicDescription {
  readonly name: string;
  readonly partitions: number;
  /** Replicas of partition 0; a reassignment under way may differ between partitions. */
  readonly replicationFactor: number;
  /** Partitions without a leader now; nothing can be written to them. */
  readonly offlinePartitions: number;
  /** Every configuration entry with its value in effect. */
  readonly configs: Readonly<Record<string, string>>;
  /** Names of the entries that were set on this topic, as opposed to defaults of the broker. */
  readonly overrides: readonly string[];
  /** Unique id of the topic (survives no deletion); absent where the client cannot ask for it. */
  readonly id?: string;
}

/** Lag of one partition: log end less what the group has committed, and never below the start of the log. */
export interface PartitionLag {
  readonly partition: number;
  readonly lag: number;
}

/** A reading of lag. An error is a value of its own and never a zero. */
export type LagReading =
  | { readonly kind: 'known'; readonly total: number; readonly partitions: readonly PartitionLag[] }
  | { readonly kind: 'unknown'; readonly reason: string };

/** Looks after topics. All calls end within a bounded time; a broker that is away is {@link BusUnavailable}. */
export interface TopicAdmin {
  /** Descriptions of the topics that exist; absent ones are left out. */
  describe(names: readonly string[]): Promise<TopicDescription[]>;
  /** Creates a topic. Resolves to false when it was there already. @throws TopicRefused the broker's reason */
  create(spec: TopicSpec): Promise<boolean>;
  /** Raises the number of partitions. Never lowers it: @throws TopicRefused */
  grow(name: string, partitions: number): Promise<void>;
  /**
   * Sets these configuration entries and keeps all others that were set on the topic.
   * The client library only has the replacing call, so the others are read and written back: a change made by somebody
   * else between the two is undone.
   */
  alterConfigs(name: string, configs: Readonly<Record<string, string>>): Promise<void>;
  /** Deletes a topic with its messages. Resolves to false when there was none. */
  delete(name: string): Promise<boolean>;
  /** Lag of a group on a topic; a group that has committed nothing lags by the whole log. Never rejects. */
  lag(topic: string, group: string): Promise<LagReading>;
  close(): Promise<void>;
}
