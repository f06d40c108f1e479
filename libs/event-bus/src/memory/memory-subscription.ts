import type { Dispatcher, PartitionId } from '../dispatcher.ts';
import { silentLogger } from '../log.ts';
import type { Progress, SubscribeOptions, Subscription } from '../port.ts';
import { Rewinder } from '../rewinder.ts';
import { dispatcherFor, type SubscriptionTuning } from '../subscription-core.ts';
import type { MemoryBroker, MemoryMember } from './broker.ts';

interface Position {
  readonly id: PartitionId;
  next: bigint;
  paused: boolean;
}

/** A consumer of a {@link MemoryBroker}. */
export class MemorySubscription implements Subscription, MemoryMember {
  readonly topics: readonly string[];
  readonly #broker: MemoryBroker;
  readonly #group: string;
  readonly #dispatcher: Dispatcher;
  readonly #positions = new Map<string, Position>();
  readonly #rewinder: Rewinder | undefined;
  #lastCommitAt: number | undefined;
  #stopping: Promise<void> | undefined;

  constructor(broker: MemoryBroker, options: SubscribeOptions, tuning: SubscriptionTuning) {
    this.topics = options.topics;
    this.#broker = broker;
    this.#group = options.group;
    this.#dispatcher = dispatcherFor(
      options,
      { ...tuning, logger: silentLogger },
      {
        onCommittable: () => {
          this.#commit();
        },
        onPressure: (id, paused) => {
          this.#press(id, paused);
        },
      },
    );
    const { rewind: ask } = options;
    if (ask !== undefined) this.#rewinder = this.#newRewinder(ask);
    broker.join(this.#group, this);
  }

  assigned(partitions: readonly PartitionId[]): void {
    this.#dispatcher.assign(partitions);
    this.#positions.clear();
    for (const id of partitions) {
      this.#positions.set(keyOf(id), { id, next: this.#broker.committed(this.#group, id), paused: false });
    }
    this.#rewinder?.assign(partitions);
    this.wake();
  }

  reread(): void {
    if (this.#rewinder === undefined) return;
    const all = Array.from(this.#positions.values(), ({ id }) => id);
    this.#dispatcher.assign([]);
    this.#dispatcher.assign(all);
    this.#rewinder.assign(all, true);
  }

  wake(): void {
    queueMicrotask(() => {
      this.#commit();
      this.#pump();
    });
  }

  async stop({ graceMs = 10_000 }: { readonly graceMs?: number } = {}): Promise<void> {
    this.#stopping ??= this.#leave(graceMs);
    await this.#stopping;
  }

  progress(): Progress {
    const { assigned, inFlight, lag } = this.#dispatcher;
    return { assigned, inFlight, lag, lastCommitAt: this.#lastCommitAt };
  }

  #newRewinder(ask: NonNullable<SubscribeOptions['rewind']>): Rewinder {
    return new Rewinder({
      ask,
      committed: (partitions) => {
        this.#broker.check();
        const offsets = partitions.map(({ topic, partition }) => {
          const offset = String(this.#broker.committed(this.#group, { topic, partition }));
          return { topic, partition, offset };
        });
        return Promise.resolve(offsets);
      },
      seek: (place) => {
        const position = this.#positions.get(keyOf(place));
        if (position !== undefined) position.next = BigInt(place.offset);
      },
      press: (id, paused) => {
        this.#press(id, paused);
      },
      admit: (id, messages, highWatermark) => {
        this.#dispatcher.admit(id, messages, highWatermark);
      },
      logger: silentLogger,
    });
  }

  async #leave(graceMs: number): Promise<void> {
    this.#rewinder?.stop();
    await this.#dispatcher.drain(graceMs);
    this.#commit();
    this.#broker.leave(this.#group, this);
  }

  #pump(): void {
    for (const position of this.#positions.values()) {
      if (position.paused) continue;
      const { messages, end } = this.#broker.read(position.id, position.next);
      if (end > position.next) position.next = end;
      if (messages.length > 0) this.#dispatcher.admit(position.id, messages, end);
    }
  }

  #commit(): void {
    const offsets = this.#dispatcher.committable();
    if (offsets.length === 0) return;
    try {
      for (const { offset, ...id } of offsets) this.#broker.commit(this.#group, id, offset);
      this.#dispatcher.committed(offsets);
      this.#lastCommitAt = Date.now();
    } catch {
      // The broker is away; what ends next, or its return, commits again.
    }
  }

  #press(id: PartitionId, paused: boolean): void {
    const position = this.#positions.get(keyOf(id));
    if (position !== undefined) position.paused = paused;
    if (!paused) this.wake();
  }
}

function keyOf({ topic, partition }: PartitionId): string {
  return `${topic}/${String(partition)}`;
}
