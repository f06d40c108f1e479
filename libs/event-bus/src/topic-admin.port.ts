/** A topic that shall exist. */
export interface TopicSpec {
  readonly name: string;
  readonly partitions: number;
  readonly replicationFactor: number;
  /** Topic configuration by its Kafka names, e.g. `retention.ms`. */
  readonly configs: Readonly<Record<string, string>>;
}

/** Where the copies of a partition are. */
export interface PartitionPlace {
  readonly partition: number;
  /** Broker that takes writes; negative while there is none. */
  readonly leader: number;
  /** Brokers that have a copy, the preferred leader first. While the partition moves: those it leaves and those it goes to. */
  readonly replicas: readonly number[];
  /** Brokers whose copy is complete. */
  readonly inSync: readonly number[];
}

/** A topic as the broker describes it. */
export interface TopicDescription {
  readonly name: string;
  /** Identity that Kafka gave it: a topic made anew under the same name has another. */
  readonly id: string;
  readonly partitions: number;
  /** Copies of the partition that has fewest. */
  readonly replicationFactor: number;
  /** One for each partition, in order. */
  readonly places: readonly PartitionPlace[];
  /** Partitions without a leader now; nothing can be written to them. */
  readonly offlinePartitions: number;
  /** Every configuration entry that was asked for, with its value in effect. */
  readonly configs: Readonly<Record<string, string>>;
  /** Names of those entries that were set on this topic, as opposed to defaults of the broker. */
  readonly overrides: readonly string[];
}

/** A broker that runs now. */
export interface BrokerNode {
  readonly id: number;
  /** Where it stands, as its operators named it; copies are spread over racks. */
  readonly rack?: string;
}

/** A partition whose copies are being moved. */
export interface Reassignment {
  readonly partition: number;
  readonly replicas: readonly number[];
  readonly adding: readonly number[];
  readonly removing: readonly number[];
}

/** Where the copies of a partition shall be; null gives up the move that is under way. */
export interface ReplicaTarget {
  readonly partition: number;
  readonly replicas: readonly number[] | null;
}

/** Bytes a second that a broker spends on copying throttled replicas. Absent: no limit. */
export interface ReplicationRates {
  readonly leader?: string;
  readonly follower?: string;
}

/** First and next offset of every partition, in order. */
export interface TopicEnds {
  readonly name: string;
  readonly id: string;
  readonly partitions: readonly { readonly start: bigint; readonly end: bigint }[];
}

/** A consumer group that reads a topic, or has read it. */
export interface TopicUse {
  readonly group: string;
  readonly topic: string;
  /** Members that are subscribed to the topic now. */
  readonly members: number;
  /** Messages of the topic that the group has not committed yet; 0 for a group that never committed. */
  readonly lag: number;
}

/**
 * Lag of one partition: log end less what the group has committed, and never below the start of the log. What a group committed beyond the
 * end is of a former topic of this name: it will read the log from its start.
 */
export interface PartitionLag {
  readonly partition: number;
  readonly lag: number;
}

/** A reading of lag. An error is a value of its own and never a zero. */
export type LagReading =
  | { readonly kind: 'known'; readonly total: number; readonly partitions: readonly PartitionLag[] }
  | { readonly kind: 'unknown'; readonly reason: string };

/** What of topics is to be described. */
export interface DescribeOptions {
  /** Names of the entries of their configuration; all of some forty unless given. */
  readonly configs?: readonly string[];
}

/** Looks after topics. All calls end within a bounded time; a broker that is away is {@link BusUnavailable}. */
export interface TopicAdmin {
  /** Descriptions of the topics that exist; absent ones are left out. */
  describe(names: readonly string[], options?: DescribeOptions): Promise<TopicDescription[]>;
  /**
   * Creates a topic. Resolves to false when it was there already; where the answer to an earlier attempt of this call was lost, one that is
   * there counts as created by it. @throws TopicRefused the broker's reason
   */
  create(spec: TopicSpec): Promise<boolean>;
  /** Raises the number of partitions. Never lowers it: @throws TopicRefused */
  grow(name: string, partitions: number): Promise<void>;
  /** Sets these configuration entries, or with null takes them back to the broker's default. No other entry is touched. */
  alterConfigs(name: string, configs: Readonly<Record<string, string | null>>): Promise<void>;
  /**
   * Deletes a topic with its messages. Resolves to false when there was none. With an id only the topic of that identity is deleted: one that
   * was made anew under the same name stays, and the answer is false.
   */
  delete(name: string, options?: { readonly id?: string }): Promise<boolean>;
  /** Lag of a group on a topic; a group that has committed nothing lags by the whole log. Never rejects. */
  lag(topic: string, group: string): Promise<LagReading>;
  /** First and next offsets of the topics that exist. */
  ends(names: readonly string[]): Promise<TopicEnds[]>;
  /** Consumer groups of these topics, whoever they belong to: those with members now, and those with committed offsets. */
  uses(names: readonly string[]): Promise<TopicUse[]>;
  /** The brokers that run now. */
  brokers(): Promise<BrokerNode[]>;
  /** Moves of a topic's partitions that are under way. */
  reassignments(name: string): Promise<Reassignment[]>;
  /** Begins to move partitions, or gives up moves. Returns before the copies are complete. @throws TopicRefused */
  reassign(name: string, targets: readonly ReplicaTarget[]): Promise<void>;
  /** Limits on copying that are set on these brokers themselves. */
  replicationRates(brokers: readonly number[]): Promise<ReadonlyMap<number, ReplicationRates>>;
  /** Sets the limits on copying of these brokers, in bytes a second; null removes them. Only throttled replicas are held to them. */
  limitReplication(brokers: readonly number[], bytesPerSecond: number | null): Promise<void>;
  close(): Promise<void>;
}
