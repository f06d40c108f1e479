import type { BrokerNode, PartitionPlace, Reassignment, ReplicaTarget } from '@tagservice/event-bus/topic-admin';

/** Partitions of a topic that are moved at the same time: each is a copy that brokers make beside their work. */
export const MOVES_AT_ONCE = 5;

/** Where the copies of a topic stand on their way to another number. */
export type MoveState = {
  /** Partitions that are as declared. */
  readonly done: number;
  readonly partitions: number;
  /** Moves under way that go on. */
  readonly under: number;
  /** Moves to begin now, and moves to give up. */
  readonly targets: readonly ReplicaTarget[];
  /** Why nothing more is begun. */
  readonly blocked?: string;
};

export type MoveInput = {
  readonly places: readonly PartitionPlace[];
  readonly moves: readonly Reassignment[];
  readonly brokers: readonly BrokerNode[];
  readonly factor: number;
};

/**
 * What to do next so that every partition has `factor` copies. Everything follows from what Kafka says now, so it goes on where it stood after
 * a crash, and turns round when the declaration does.
 */
export function nextMoves({ places, moves, brokers, factor }: MoveInput): MoveState {
  const running = new Set(brokers.map(({ id }) => id));
  const moving = new Map(moves.map((move) => [move.partition, move]));
  const giveUp = moves.filter((move) => !leadsThere(move, factor, running));
  const under = moves.length - giveUp.length;
  const settled = places.filter(({ partition }) => !moving.has(partition));
  const pending = settled.filter(({ replicas }) => replicas.length !== factor);
  const state = { done: settled.length - pending.length, partitions: places.length, under };
  const cancelled = giveUp.map(({ partition }) => ({ partition, replicas: null }));
  const blocked = pending.length === 0 ? undefined : obstacle(pending, running, factor);
  if (blocked !== undefined) return { ...state, targets: cancelled, blocked };
  const begun = pending.slice(0, Math.max(0, MOVES_AT_ONCE - under));
  return { ...state, targets: [...cancelled, ...placeCopies(begun, { places, brokers, factor })] };
}

/** A move to the declared number of copies, none of which waits for a broker that is away. */
function leadsThere(
  { replicas, removing, adding }: Reassignment,
  factor: number,
  running: ReadonlySet<number>,
): boolean {
  return replicas.length - removing.length === factor && adding.every((id) => running.has(id));
}

function obstacle(
  pending: readonly PartitionPlace[],
  running: ReadonlySet<number>,
  factor: number,
): string | undefined {
  if (running.size < factor)
    return `${factor} copies are declared and ${running.size} ${running.size === 1 ? 'broker runs' : 'brokers run'}`;
  const away = [...new Set(pending.flatMap(({ replicas }) => replicas.filter((id) => !running.has(id))))];
  return away.length === 0 ? undefined : `broker ${away.join(', ')}, which holds copies of it, is away`;
}

type Placing = Pick<MoveInput, 'places' | 'brokers' | 'factor'>;

/**
 * Copies for these partitions: those that are there stay where they are, new ones go to brokers with few copies of the topic and, where racks
 * are named, to a rack that has none; copies that are too many go from where most are, the leader's last.
 */
export function placeCopies(
  partitions: readonly PartitionPlace[],
  { places, brokers, factor }: Placing,
): ReplicaTarget[] {
  const load = new Map(brokers.map(({ id }) => [id, 0]));
  const count = (id: number, by: number): void => {
    load.set(id, (load.get(id) ?? 0) + by);
  };
  for (const id of places.flatMap(({ replicas }) => replicas)) count(id, 1);
  return partitions.map(({ partition, replicas, leader }) => {
    const copies = [...replicas];
    while (copies.length < factor) {
      const next = bestBroker(copies, brokers, load);
      copies.push(next);
      count(next, 1);
    }
    while (copies.length > factor) {
      const away = worstCopy(copies, leader, load);
      copies.splice(copies.indexOf(away), 1);
      count(away, -1);
    }
    return { partition, replicas: copies };
  });
}

type Load = ReadonlyMap<number, number>;

function bestBroker(copies: readonly number[], brokers: readonly BrokerNode[], load: Load): number {
  const racks = new Set(brokers.filter(({ id }) => copies.includes(id)).map(({ rack }) => rack));
  const rank = ({ id, rack }: BrokerNode): number[] => [racks.has(rack) ? 1 : 0, load.get(id) ?? 0, id];
  const free = brokers.filter(({ id }) => !copies.includes(id));
  return free.toSorted((left, right) => compare(rank(left), rank(right)))[0]?.id ?? -1;
}

function worstCopy(copies: readonly number[], leader: number, load: Load): number {
  const rank = (id: number): number[] => [id === leader ? 0 : 1, load.get(id) ?? 0, id];
  return copies.toSorted((left, right) => compare(rank(right), rank(left)))[0] ?? -1;
}

function compare(left: readonly number[], right: readonly number[]): number {
  const at = left.findIndex((value, index) => value !== right[index]);
  return at === -1 ? 0 : (left[at] ?? 0) - (right[at] ?? 0);
}
