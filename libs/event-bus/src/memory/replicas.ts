import { TopicRefused } from '../errors.ts';
import type { BrokerNode, PartitionPlace, Reassignment, ReplicaTarget, ReplicationRates } from '../topic-admin.port.ts';

/** The copies of one partition; `target` while they move. */
interface Copies {
  replicas: readonly number[];
  target?: readonly number[];
}

/** Which brokers have copies of what: the part of a broker in memory that has nothing to do with messages. */
export class MemoryReplicas {
  readonly #all: readonly number[];
  readonly #stopped = new Set<number>();
  readonly #rates = new Map<number, string>();
  readonly #copies = new Map<string, Copies[]>();
  #held = false;
  #next = 0;

  constructor(brokers: readonly number[]) {
    this.#all = brokers;
  }

  /** The brokers that run. */
  running(): BrokerNode[] {
    return this.#all.filter((id) => !this.#stopped.has(id)).map((id) => ({ id }));
  }

  /** Stops a broker, or starts it again. */
  setRunning(id: number, running: boolean): void {
    if (running) this.#stopped.delete(id);
    else this.#stopped.add(id);
  }

  /** While held, moves that were begun do not end; letting go ends them. */
  hold(held: boolean): void {
    this.#held = held;
    if (held) return;
    for (const copies of [...this.#copies.values()].flat()) settle(copies);
  }

  /** Places partitions beyond those that a topic has. @throws TopicRefused when there are fewer brokers than copies */
  place(topic: string, partitions: number, factor: number): void {
    const running = this.running();
    if (factor > running.length)
      throw new TopicRefused(topic, 'INVALID_REPLICATION_FACTOR', {
        detail: `${String(factor)} copies, but ${String(running.length)} brokers run`,
      });
    const copies = this.#copies.get(topic) ?? [];
    while (copies.length < partitions) {
      const first = this.#next++;
      const replicas = Array.from({ length: factor }, (_, index) => running[(first + index) % running.length]?.id ?? 0);
      copies.push({ replicas });
    }
    this.#copies.set(topic, copies);
  }

  remove(topic: string): void {
    this.#copies.delete(topic);
  }

  places(topic: string): PartitionPlace[] {
    return (this.#copies.get(topic) ?? []).map(({ replicas, target = [] }, partition) => {
      const inSync = replicas.filter((id) => !this.#stopped.has(id));
      return { partition, leader: inSync[0] ?? -1, replicas: [...new Set([...target, ...replicas])], inSync };
    });
  }

  moves(topic: string): Reassignment[] {
    return (this.#copies.get(topic) ?? []).flatMap(({ replicas, target }, partition) => {
      if (target === undefined) return [];
      const adding = target.filter((id) => !replicas.includes(id));
      const removing = replicas.filter((id) => !target.includes(id));
      return [{ partition, replicas: [...new Set([...target, ...replicas])], adding, removing }];
    });
  }

  move(topic: string, targets: readonly ReplicaTarget[]): void {
    for (const { partition, replicas } of targets) {
      const copies = this.#copies.get(topic)?.[partition];
      if (copies === undefined) continue;
      const missing = replicas?.find((id) => !this.running().some((broker) => broker.id === id));
      if (missing !== undefined)
        throw new TopicRefused(topic, 'INVALID_REPLICA_ASSIGNMENT', {
          detail: `broker ${String(missing)} does not run`,
        });
      if (replicas === null) delete copies.target;
      else copies.target = replicas;
      if (!this.#held) settle(copies);
    }
  }

  rates(brokers: readonly number[]): ReadonlyMap<number, ReplicationRates> {
    return new Map(
      brokers.map((id) => {
        const rate = this.#rates.get(id);
        return [id, rate === undefined ? {} : { leader: rate, follower: rate }];
      }),
    );
  }

  limit(brokers: readonly number[], bytesPerSecond: number | null): void {
    for (const id of brokers) {
      if (bytesPerSecond === null) this.#rates.delete(id);
      else this.#rates.set(id, String(bytesPerSecond));
    }
  }
}

function settle(copies: Copies): void {
  copies.replicas = copies.target ?? copies.replicas;
  delete copies.target;
}
