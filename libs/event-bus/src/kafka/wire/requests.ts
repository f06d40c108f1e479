import type { ValueOf, WireType } from './types.ts';
import {
  bool,
  bytes,
  int16,
  int32,
  int64,
  int8,
  legacyList,
  legacyText,
  list,
  nullableList,
  nullableText,
  plainStruct,
  struct,
  text,
  uuid,
} from './types.ts';

/**
 * A request that we make, in the one version that we speak. Versions are chosen so that every broker from Kafka 2.8 (topic
 * identities) to 4.x knows them; what a broker offers is compared with them when a connection is made.
 */
export interface RequestType<Q, A> {
  readonly name: string;
  readonly key: number;
  readonly version: number;
  /** False for the requests before the login, which brokers answer in an older form. */
  readonly flexible: boolean;
  /** Whether the answer's header has tagged fields. Only ApiVersions never has (KIP-511). */
  readonly flexibleAnswer: boolean;
  readonly question: WireType<Q>;
  readonly answer: WireType<A>;
}

function flexible<Q, A>(
  [name, key, version]: readonly [string, number, number],
  question: WireType<Q>,
  answer: WireType<A>,
): RequestType<Q, A> {
  return { name, key, version, flexible: true, flexibleAnswer: true, question, answer };
}

/** Values of partitions, by topic: how most requests name partitions. */
const byTopic = <T>(partition: WireType<T>) => list(struct({ name: text, partitions: list(partition) }));
const nullableByTopic = <T>(partition: WireType<T>) =>
  nullableList(struct({ name: text, partitions: list(partition) }));

const unsupportedVersion = 35;
const offeredRanges = list(struct({ key: int16, min: int16, max: int16 }));
type OfferedRanges = { readonly error: number; readonly apis: ValueOf<typeof offeredRanges> };

/**
 * What follows the ranges (throttle time, features) is of no use to us and is left unread; as are ranges beside the error that our version is
 * unknown: they then stand in the oldest form.
 */
const apiVersionsAnswer: WireType<OfferedRanges> = {
  write: (writer, { error, apis }) => {
    int16.write(writer, error);
    offeredRanges.write(writer, apis);
  },
  read: (reader) => {
    const error = int16.read(reader);
    return { error, apis: error === unsupportedVersion ? [] : offeredRanges.read(reader) };
  },
};

export const apiVersions: RequestType<{ readonly software: string; readonly softwareVersion: string }, OfferedRanges> =
  {
    ...flexible(['ApiVersions', 18, 3], struct({ software: text, softwareVersion: text }), apiVersionsAnswer),
    flexibleAnswer: false,
  };

export const saslHandshake: RequestType<
  { readonly mechanism: string | null },
  { readonly error: number; readonly mechanisms: readonly (string | null)[] }
> = {
  name: 'SaslHandshake',
  key: 17,
  version: 1,
  flexible: false,
  flexibleAnswer: false,
  question: plainStruct({ mechanism: legacyText }),
  answer: plainStruct({ error: int16, mechanisms: legacyList(legacyText) }),
};

export const saslAuthenticate = flexible(
  ['SaslAuthenticate', 36, 2],
  struct({ data: bytes }),
  struct({ error: int16, message: nullableText, data: bytes, lifetimeMs: int64 }),
);

export const metadata = flexible(
  ['Metadata', 3, 10],
  struct({
    topics: nullableList(struct({ id: uuid, name: nullableText })),
    createMissing: bool,
    clusterOperations: bool,
    topicOperations: bool,
  }),
  struct({
    throttleMs: int32,
    brokers: list(struct({ id: int32, host: text, port: int32, rack: nullableText })),
    cluster: nullableText,
    controller: int32,
    topics: list(
      struct({
        error: int16,
        name: text,
        id: uuid,
        internal: bool,
        partitions: list(
          struct({
            error: int16,
            partition: int32,
            leader: int32,
            leaderEpoch: int32,
            replicas: list(int32),
            inSync: list(int32),
            offline: list(int32),
          }),
        ),
        operations: int32,
      }),
    ),
    operations: int32,
  }),
);

export const createTopics = flexible(
  ['CreateTopics', 19, 7],
  struct({
    topics: list(
      struct({
        name: text,
        partitions: int32,
        replicationFactor: int16,
        assignments: list(struct({ partition: int32, brokers: list(int32) })),
        configs: list(struct({ name: text, value: nullableText })),
      }),
    ),
    timeoutMs: int32,
    validateOnly: bool,
  }),
  struct({
    throttleMs: int32,
    topics: list(
      struct({
        name: text,
        id: uuid,
        error: int16,
        message: nullableText,
        partitions: int32,
        replicationFactor: int16,
        configs: nullableList(
          struct({ name: text, value: nullableText, readOnly: bool, source: int8, sensitive: bool }),
        ),
      }),
    ),
  }),
);

/** A topic is named by its identity, or by its name with an empty one. */
export const deleteTopics = flexible(
  ['DeleteTopics', 20, 6],
  struct({ topics: list(struct({ name: nullableText, id: uuid })), timeoutMs: int32 }),
  struct({
    throttleMs: int32,
    topics: list(struct({ name: nullableText, id: uuid, error: int16, message: nullableText })),
  }),
);

export const createPartitions = flexible(
  ['CreatePartitions', 37, 2],
  struct({
    topics: list(struct({ name: text, count: int32, assignments: nullableList(struct({ brokers: list(int32) })) })),
    timeoutMs: int32,
    validateOnly: bool,
  }),
  struct({ throttleMs: int32, topics: list(struct({ name: text, error: int16, message: nullableText })) }),
);

export const describeConfigs = flexible(
  ['DescribeConfigs', 32, 4],
  struct({
    resources: list(struct({ type: int8, name: text, keys: nullableList(text) })),
    synonyms: bool,
    documentation: bool,
  }),
  struct({
    throttleMs: int32,
    resources: list(
      struct({
        error: int16,
        message: nullableText,
        type: int8,
        name: text,
        configs: list(
          struct({
            name: text,
            value: nullableText,
            readOnly: bool,
            source: int8,
            sensitive: bool,
            synonyms: list(struct({ name: text, value: nullableText, source: int8 })),
            type: int8,
            documentation: nullableText,
          }),
        ),
      }),
    ),
  }),
);

export const incrementalAlterConfigs = flexible(
  ['IncrementalAlterConfigs', 44, 1],
  struct({
    resources: list(
      struct({
        type: int8,
        name: text,
        configs: list(struct({ name: text, operation: int8, value: nullableText })),
      }),
    ),
    validateOnly: bool,
  }),
  struct({
    throttleMs: int32,
    resources: list(struct({ error: int16, message: nullableText, type: int8, name: text })),
  }),
);

/** Replicas null: the reassignment under way is given up. */
export const alterPartitionReassignments = flexible(
  ['AlterPartitionReassignments', 45, 0],
  struct({
    timeoutMs: int32,
    topics: byTopic(struct({ partition: int32, replicas: nullableList(int32) })),
  }),
  struct({
    throttleMs: int32,
    error: int16,
    message: nullableText,
    topics: byTopic(struct({ partition: int32, error: int16, message: nullableText })),
  }),
);

export const listPartitionReassignments = flexible(
  ['ListPartitionReassignments', 46, 0],
  struct({ timeoutMs: int32, topics: nullableByTopic(int32) }),
  struct({
    throttleMs: int32,
    error: int16,
    message: nullableText,
    topics: byTopic(struct({ partition: int32, replicas: list(int32), adding: list(int32), removing: list(int32) })),
  }),
);

/** Timestamp -1 asks for the end of the log, -2 for its start. */
export const listOffsets = flexible(
  ['ListOffsets', 2, 6],
  struct({
    replica: int32,
    isolation: int8,
    topics: byTopic(struct({ partition: int32, leaderEpoch: int32, timestamp: int64 })),
  }),
  struct({
    throttleMs: int32,
    topics: byTopic(struct({ partition: int32, error: int16, timestamp: int64, offset: int64, leaderEpoch: int32 })),
  }),
);

/** Kind 0 asks for the coordinator of a consumer group. */
export const findCoordinator = flexible(
  ['FindCoordinator', 10, 3],
  struct({ key: text, kind: int8 }),
  struct({ throttleMs: int32, error: int16, message: nullableText, id: int32, host: text, port: int32 }),
);

/** Topics null: all that the group has committed to. */
export const offsetFetch = flexible(
  ['OffsetFetch', 9, 7],
  struct({
    group: text,
    topics: nullableByTopic(int32),
    requireStable: bool,
  }),
  struct({
    throttleMs: int32,
    topics: byTopic(
      struct({ partition: int32, offset: int64, leaderEpoch: int32, metadata: nullableText, error: int16 }),
    ),
    error: int16,
  }),
);

export const listGroups = flexible(
  ['ListGroups', 16, 4],
  struct({ states: list(text) }),
  struct({ throttleMs: int32, error: int16, groups: list(struct({ group: text, protocol: text, state: text })) }),
);

export const describeGroups = flexible(
  ['DescribeGroups', 15, 5],
  struct({ groups: list(text), operations: bool }),
  struct({
    throttleMs: int32,
    groups: list(
      struct({
        error: int16,
        group: text,
        state: text,
        protocolType: text,
        protocol: text,
        members: list(
          struct({
            member: text,
            instance: nullableText,
            client: text,
            host: text,
            subscription: bytes,
            assignment: bytes,
          }),
        ),
        operations: int32,
      }),
    ),
  }),
);

const assignment = struct({ topics: list(struct({ id: uuid, name: text, partitions: list(int32) })) });

/** Groups of the newer protocol (KIP-848), of which {@link describeGroups} knows nothing. Only brokers from Kafka 4.0 on have it. */
export const describeConsumerGroups = flexible(
  ['ConsumerGroupDescribe', 69, 1],
  struct({ groups: list(text), operations: bool }),
  struct({
    throttleMs: int32,
    groups: list(
      struct({
        error: int16,
        message: nullableText,
        group: text,
        state: text,
        epoch: int32,
        assignmentEpoch: int32,
        assignor: text,
        members: list(
          struct({
            member: text,
            instance: nullableText,
            rack: nullableText,
            epoch: int32,
            client: text,
            host: text,
            topics: list(text),
            pattern: nullableText,
            assignment,
            target: assignment,
            type: int8,
          }),
        ),
        operations: int32,
      }),
    ),
  }),
);

/** What a connection must offer before it is used; the login is apart, since not every broker wants one. */
export const requiredRequests: readonly Pick<RequestType<never, never>, 'name' | 'key' | 'version'>[] = [
  metadata,
  createTopics,
  deleteTopics,
  createPartitions,
  describeConfigs,
  incrementalAlterConfigs,
  alterPartitionReassignments,
  listPartitionReassignments,
  listOffsets,
  findCoordinator,
  offsetFetch,
  listGroups,
  describeGroups,
];
