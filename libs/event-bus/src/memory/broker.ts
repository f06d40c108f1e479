import { randomUUID } from 'node:crypto';
import { BusUnavailable, TopicMissing, TopicRefused } from '../errors.ts';
import type { PartitionId } from '../dispatcher.ts';
import { partitionOf } from '../partition.ts';
import type { IncomingMessage, OutgoingMessage } from '../port.ts';
import { lagsOf } from '../lag.ts';
import type {
  DescribeOptions,
  LagReading,
  TopicDescription,
  TopicEnds,
  TopicSpec,
  TopicUse,
} from '../topic-admin.port.ts';
import { MemoryReplicas } from './replicas.ts';

interface MemoryTopic {
  readonly id: string;
  readonly partitions: IncomingMessage[][];
  configs: Readonly<Record<string, string>>;
}

/** A consumer as the broker sees it. */
export interface MemoryMember {
  readonly topics: readonly string[];
  /** The partitions it now has, after somebody joined or left or a topic changed. */
  assigned(partitions: readonly PartitionId[]): void;
  /** There is something new to read. */
  wake(): void;
}

interface MemoryGroup {
  readonly committed: Map<string, bigint>;
  readonly members: MemoryMember[];
}

const address = 'memory';

/** Topics, groups and offsets in this process: behaves as a broker does, keeps nothing beyond the process. */
export class MemoryBroker {
  readonly #topics = new Map<string, MemoryTopic>();
  readonly #groups = new Map<string, MemoryGroup>();
  /** Copies and moves; for tests also what stops brokers and holds moves. */
  readonly replicas: MemoryReplicas;
  #available = true;

  /** `brokers`: their ids. Default: one. */
  constructor({ brokers = [1] }: { readonly brokers?: readonly number[] } = {}) {
    this.replicas = new MemoryReplicas(brokers);
  }

  /** False makes every call fail as if the broker were away; for tests. */
  setAvailable(available: boolean): void {
    this.#available = available;
    if (available) this.#wakeAll();
  }

  /** @throws BusUnavailable */
  check(): void {
    if (!this.#available) throw new BusUnavailable([address], 'connect ECONNREFUSED');
  }

  publish(topic: string, messages: readonly OutgoingMessage[]): void {
    this.check();
    const { partitions } = this.#topic(topic);
    for (const message of messages) {
      const partition = partitionOf(message.key, partitions.length);
      const log = partitions[partition];
      log?.push(stored(message, { topic, partition, offset: String(log.length) }));
    }
    this.#wakeAll();
  }

  /** Messages from an offset on, and the end of the log. */
  read({ topic, partition }: PartitionId, from: bigint): { messages: readonly IncomingMessage[]; end: bigint } {
    const log = this.#available ? (this.#topics.get(topic)?.partitions[partition] ?? []) : [];
    return { messages: log.slice(Number(from)), end: BigInt(log.length) };
  }

  join(group: string, member: MemoryMember): void {
    this.#group(group).members.push(member);
    this.#rebalance(group);
  }

  leave(group: string, member: MemoryMember): void {
    const { members } = this.#group(group);
    const index = members.indexOf(member);
    if (index >= 0) members.splice(index, 1);
    member.assigned([]);
    this.#rebalance(group);
  }

  committed(group: string, id: PartitionId): bigint {
    return this.#group(group).committed.get(keyOf(id)) ?? 0n;
  }

  commit(group: string, id: PartitionId, offset: bigint): void {
    this.check();
    this.#group(group).committed.set(keyOf(id), offset);
  }

  describe(name: string, { configs: keys }: DescribeOptions = {}): TopicDescription | undefined {
    this.check();
    const topic = this.#topics.get(name);
    if (topic === undefined) return undefined;
    const { partitions, id } = topic;
    const configs = Object.fromEntries(
      Object.entries(topic.configs).filter(([key]) => keys === undefined || keys.includes(key)),
    );
    const places = this.replicas.places(name);
    return {
      name,
      id,
      partitions: partitions.length,
      replicationFactor: Math.min(...places.map(({ replicas }) => replicas.length)),
      places,
      offlinePartitions: places.filter(({ leader }) => leader < 0).length,
      configs,
      overrides: Object.keys(configs),
    };
  }

  create(spec: TopicSpec): boolean {
    this.check();
    if (this.#topics.has(spec.name)) return false;
    if (spec.partitions < 1)
      throw new TopicRefused(spec.name, 'INVALID_PARTITIONS', { detail: 'fewer than one partition' });
    this.replicas.place(spec.name, spec.partitions, spec.replicationFactor);
    this.#topics.set(spec.name, {
      id: randomUUID(),
      partitions: Array.from({ length: spec.partitions }, () => []),
      configs: { ...spec.configs },
    });
    this.#rebalanceAll();
    return true;
  }

  grow(name: string, partitions: number): void {
    this.check();
    const topic = this.#topic(name);
    if (partitions < topic.partitions.length) {
      throw new TopicRefused(name, 'INVALID_PARTITIONS', {
        detail: `has ${String(topic.partitions.length)} partitions already`,
      });
    }
    this.replicas.place(name, partitions, this.replicas.places(name)[0]?.replicas.length ?? 1);
    while (topic.partitions.length < partitions) topic.partitions.push([]);
    this.#rebalanceAll();
  }

  alterConfigs(name: string, configs: Readonly<Record<string, string | null>>): void {
    this.check();
    const topic = this.#topic(name);
    const after = Object.entries({ ...topic.configs, ...configs });
    topic.configs = Object.fromEntries(after.filter((entry): entry is [string, string] => entry[1] !== null));
  }

  /** With an id only the topic of that identity. */
  delete(name: string, { id }: { readonly id?: string } = {}): boolean {
    this.check();
    const topic = this.#topics.get(name);
    if (topic === undefined || (id !== undefined && topic.id !== id)) return false;
    this.#topics.delete(name);
    this.replicas.remove(name);
    for (const { committed } of this.#groups.values()) {
      for (const key of committed.keys()) if (key.startsWith(`${name}/`)) committed.delete(key);
    }
    this.#rebalanceAll();
    return true;
  }

  lag(name: string, group: string): LagReading {
    if (!this.#available) return { kind: 'unknown', reason: `Kafka at ${address}: connect ECONNREFUSED` };
    const topic = this.#topics.get(name);
    if (topic === undefined) return { kind: 'unknown', reason: `Topic ${name} does not exist` };
    const partitions = lagsOf(endsOf(name, topic), this.#committedTo(group, name));
    return { kind: 'known', total: partitions.reduce((sum, { lag }) => sum + lag, 0), partitions };
  }

  ends(name: string): TopicEnds | undefined {
    this.check();
    const topic = this.#topics.get(name);
    return topic === undefined ? undefined : endsOf(name, topic);
  }

  uses(topic: string): TopicUse[] {
    this.check();
    const known = this.#topics.get(topic);
    if (known === undefined) return [];
    return Array.from(this.#groups, ([group, { members }]) => {
      const committed = this.#committedTo(group, topic);
      const lags = committed.size === 0 ? [] : lagsOf(endsOf(topic, known), committed);
      const subscribed = members.filter(({ topics }) => topics.includes(topic)).length;
      const use = { group, topic, members: subscribed, lag: lags.reduce((sum, { lag }) => sum + lag, 0) };
      return { use, read: subscribed > 0 || committed.size > 0 };
    })
      .filter(({ read }) => read)
      .map(({ use }) => use);
  }

  #committedTo(group: string, topic: string): Map<number, bigint> {
    const entries = [...(this.#groups.get(group)?.committed ?? [])];
    const mine = entries.filter(([key]) => key.startsWith(`${topic}/`));
    return new Map(mine.map(([key, offset]) => [Number(key.slice(topic.length + 1)), offset]));
  }

  #topic(name: string): MemoryTopic {
    const topic = this.#topics.get(name);
    if (topic === undefined) throw new TopicMissing(name);
    return topic;
  }

  #group(name: string): MemoryGroup {
    let group = this.#groups.get(name);
    if (group === undefined) this.#groups.set(name, (group = { committed: new Map(), members: [] }));
    return group;
  }

  #rebalanceAll(): void {
    for (const name of this.#groups.keys()) this.#rebalance(name);
  }

  #rebalance(name: string): void {
    const { members } = this.#group(name);
    const shares = new Map<MemoryMember, PartitionId[]>(members.map((member) => [member, []]));
    for (const [topic, { partitions }] of this.#topics) {
      const readers = members.filter((member) => member.topics.includes(topic));
      partitions.forEach((_, partition) => {
        const reader = readers[partition % readers.length];
        if (reader !== undefined) shares.get(reader)?.push({ topic, partition });
      });
    }
    for (const [member, partitions] of shares) member.assigned(partitions);
  }

  #wakeAll(): void {
    for (const { members } of this.#groups.values()) for (const member of members) member.wake();
  }
}

function stored(message: OutgoingMessage, place: PartitionId & { offset: string }): IncomingMessage {
  const value = typeof message.value === 'string' ? Buffer.from(message.value) : Buffer.from(message.value);
  return { ...place, key: message.key, value, headers: { ...message.headers }, timestamp: Date.now() };
}

function endsOf(name: string, { id, partitions }: MemoryTopic): TopicEnds {
  return { name, id, partitions: partitions.map((log) => ({ start: 0n, end: BigInt(log.length) })) };
}

function keyOf({ topic, partition }: PartitionId): string {
  return `${topic}/${String(partition)}`;
}
