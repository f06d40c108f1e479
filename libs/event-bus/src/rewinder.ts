import { setTimeout as pause } from 'node:timers/promises';
import { backOffMs } from './back-off.ts';
import type { PartitionId } from './dispatcher.ts';
import type { BusLogger } from './log.ts';
import type { AssignedPartition, IncomingMessage, PartitionOffset, SubscribeOptions } from './port.ts';

/** What a rewinder does with the partitions of its subscription. */
export interface RewinderOptions {
  readonly ask: NonNullable<SubscribeOptions['rewind']>;
  /** What is committed of these partitions; those of which nothing is are left out. */
  readonly committed: (partitions: readonly PartitionId[]) => Promise<readonly PartitionOffset[]>;
  /** Reads on from another place. */
  readonly seek: (place: PartitionOffset) => void;
  /** Whether nothing more of it is read for now. */
  readonly press: (id: PartitionId, paused: boolean) => void;
  /** Takes in what was read of it. */
  readonly admit: (id: PartitionId, messages: readonly IncomingMessage[], highWatermark: bigint) => void;
  readonly logger: BusLogger;
}

/** Messages that were read before it was decided from where. */
export interface Held {
  readonly messages: readonly IncomingMessage[];
  readonly highWatermark: bigint;
}

interface Undecided {
  readonly id: PartitionId;
  readonly held: Held[];
  /** Whatever was read of it before is forgotten. */
  readonly anew: boolean;
}

const backOff = { initialMs: 200, maxMs: 5000 };

/**
 * Holds partitions that are new here until it is known from where they are to be read. Committed offsets say what was dealt with; who keeps the
 * results may have lost some since.
 */
export class Rewinder {
  readonly #options: RewinderOptions;
  readonly #undecided = new Map<string, Undecided>();
  readonly #stop = new AbortController();
  #known = new Set<string>();
  #deciding = false;

  constructor(options: RewinderOptions) {
    this.#options = options;
  }

  /** Exactly these partitions are ours now. `anew`: also those that were before, and whatever was read of them is forgotten. */
  assign(partitions: readonly PartitionId[], anew = false): void {
    const ours = new Map(partitions.map((id) => [keyOf(id), id]));
    for (const key of this.#undecided.keys()) if (!ours.has(key)) this.#undecided.delete(key);
    for (const [key, id] of ours) {
      if (this.#known.has(key) && !anew) {
        // A client that has joined anew has forgotten who is held.
        if (this.#undecided.has(key)) this.#options.press(id, true);
        continue;
      }
      this.#undecided.set(key, { id, held: [], anew });
      this.#options.press(id, true);
    }
    this.#known = new Set(ours.keys());
    if (!this.#deciding && this.#undecided.size > 0) void this.#decide();
  }

  /** Takes messages of a partition that is not decided; false for any other. */
  take(id: PartitionId, held: Held): boolean {
    const state = this.#undecided.get(keyOf(id));
    state?.held.push(held);
    return state !== undefined;
  }

  stop(): void {
    this.#stop.abort();
    this.#undecided.clear();
  }

  async #decide(): Promise<void> {
    this.#deciding = true;
    let failures = 0;
    while (this.#undecided.size > 0 && !this.#stop.signal.aborted) {
      const asked = Array.from(this.#undecided);
      try {
        const places = await this.#ask(asked.map(([, { id }]) => id));
        // What was lost meanwhile, or given anew, is not decided by this answer.
        for (const [key, state] of asked) this.#settle(key, state, places.get(key));
        failures = 0;
      } catch (error) {
        failures += 1;
        this.#options.logger.warn({ err: error, partitions: asked.length }, 'It is not known yet from where to read');
        const ms = backOffMs(backOff, failures);
        await pause(ms, undefined, { signal: this.#stop.signal }).catch(() => undefined);
      }
    }
    this.#deciding = false;
  }

  async #ask(ids: readonly PartitionId[]): Promise<ReadonlyMap<string, Place>> {
    const { committed, ask } = this.#options;
    const offsets = new Map((await committed(ids)).map((place) => [keyOf(place), place.offset]));
    const assigned = ids.map((id): AssignedPartition => ({
      topic: id.topic,
      partition: id.partition,
      committed: offsets.get(keyOf(id)),
    }));
    const wished = new Map((await ask(assigned)).map((place) => [keyOf(place), place.offset]));
    return new Map(assigned.map((one) => [keyOf(one), placeOf(one, wished.get(keyOf(one)))]));
  }

  #settle(key: string, state: Undecided, place: Place | undefined): void {
    if (this.#undecided.get(key) !== state || place === undefined) return;
    this.#undecided.delete(key);
    const { seek, press, admit, logger } = this.#options;
    const { id, held, anew } = state;
    if (!place.back && !anew) {
      press(id, false);
      for (const { messages, highWatermark } of held) admit(id, messages, highWatermark);
      return;
    }
    if (place.back) {
      const { committed, offset } = place;
      const { topic, partition } = id;
      logger.info({ topic, partition, committed, offset }, 'Reading again from before what was committed');
    }
    seek({ topic: id.topic, partition: id.partition, offset: place.offset });
    press(id, false);
  }
}

interface Place {
  readonly offset: string;
  readonly committed: string | undefined;
  /** Whether that is before what is committed. */
  readonly back: boolean;
}

/** The lower of what is committed and what is wished; nothing committed is the beginning. */
function placeOf({ committed }: AssignedPartition, wished: string | undefined): Place {
  const back = committed !== undefined && wished !== undefined && BigInt(wished) < BigInt(committed);
  return { offset: (back ? wished : committed) ?? '0', committed, back };
}

function keyOf({ topic, partition }: PartitionId): string {
  return `${topic}/${String(partition)}`;
}
