import { backOffMs, type BackOff } from './back-off.ts';
import { OffsetTracker, type Tracked } from './offset-tracker.ts';
import type { HandlingContext, IncomingMessage } from './port.ts';

/** What a dispatcher needs to know and whom it tells. */
export interface DispatcherOptions {
  readonly concurrency: number;
  readonly maxInFlightBytes: number;
  /** Most messages of one partition between its watermark and the newest: bounds what one stuck message lets pile up. */
  readonly maxSpan: number;
  readonly backOff: BackOff;
  readonly handle: (message: IncomingMessage, context: HandlingContext) => Promise<void>;
  /** A handler has rejected; the message will come again. */
  readonly onRetry: (message: IncomingMessage, delivery: number, error: unknown) => void;
  /** A watermark has moved. */
  readonly onCommittable: () => void;
  /** The partition is over its bounds, or has room again. */
  readonly onPressure: (partition: PartitionId, paused: boolean) => void;
}

/** A partition of a topic. */
export interface PartitionId {
  readonly topic: string;
  readonly partition: number;
}

interface Task {
  readonly message: IncomingMessage;
  readonly entry: Tracked;
  readonly bytes: number;
  delivery: number;
}

interface PartitionState extends PartitionId {
  readonly tracker: OffsetTracker;
  readonly abort: AbortController;
  readonly waiting: Task[];
  unfinished: number;
  bytes: number;
  paused: boolean;
  highWatermark: bigint | undefined;
}

/** An offset that may be committed. */
export interface Committable extends PartitionId {
  readonly offset: bigint;
}

/**
 * Runs handlers over the messages of many partitions: concurrently, also within a partition, in turn between partitions,
 * within bounds of count and bytes, with retries that hold up nobody else. Knows no broker: both adapters share it.
 */
export class Dispatcher {
  readonly #options: DispatcherOptions;
  readonly #partitions = new Map<string, PartitionState>();
  /** Partitions with waiting tasks, each once: takes turns between them. */
  readonly #ready = new Set<PartitionState>();
  readonly #timers = new Map<NodeJS.Timeout, PartitionState>();
  readonly #idle: (() => void)[] = [];
  #running = 0;
  #bytes = 0;
  #paused = 0;
  #draining = false;

  constructor(options: DispatcherOptions) {
    this.#options = options;
  }

  /** Messages in a handler or waiting for one. */
  get inFlight(): number {
    let sum = 0;
    for (const state of this.#partitions.values()) sum += state.unfinished;
    return sum;
  }

  /** Partitions assigned to this member. */
  get assigned(): number {
    return this.#partitions.size;
  }

  /** Messages behind the watermarks, by the last known ends of the logs; undefined before the first message. */
  get lag(): number | undefined {
    let sum: number | undefined;
    for (const { tracker, highWatermark } of this.#partitions.values()) {
      if (tracker.watermark === undefined || highWatermark === undefined) continue;
      const behind = highWatermark - tracker.watermark;
      sum = (sum ?? 0) + (behind > 0n ? Number(behind) : 0);
    }
    return sum;
  }

  /** Keeps exactly these partitions. Handlers of those that are lost see their signal aborted, and their results are not committed. */
  assign(partitions: readonly PartitionId[]): void {
    const wanted = new Map(partitions.map((id) => [keyOf(id), id]));
    for (const [key, state] of this.#partitions) {
      if (!wanted.has(key)) this.#drop(key, state);
    }
    for (const [key, id] of wanted) {
      if (!this.#partitions.has(key)) this.#partitions.set(key, newState(id));
    }
    this.#start();
  }

  /** Takes fetched messages of one assigned partition in; those of any other are dropped. */
  admit(id: PartitionId, messages: readonly IncomingMessage[], highWatermark: bigint): void {
    const state = this.#partitions.get(keyOf(id));
    if (state === undefined || this.#draining) return;
    state.highWatermark = highWatermark;
    for (const message of messages) this.#take(state, message);
    this.#start();
    this.#weigh(state);
  }

  /** Offsets to commit now. */
  committable(): Committable[] {
    const all: Committable[] = [];
    for (const { topic, partition, tracker } of this.#partitions.values()) {
      const offset = tracker.committable;
      if (offset !== undefined) all.push({ topic, partition, offset });
    }
    return all;
  }

  /** Records what the broker has confirmed. */
  committed(offsets: readonly Committable[]): void {
    for (const { offset, ...id } of offsets) this.#partitions.get(keyOf(id))?.tracker.committed(offset);
  }

  /** Begins nothing new. Resolves to true when the handlers that run have ended, to false when the time is over: then they are aborted. */
  async drain(graceMs: number): Promise<boolean> {
    this.#draining = true;
    for (const timer of this.#timers.keys()) clearTimeout(timer);
    this.#timers.clear();
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<false>((resolve) => (timer = setTimeout(resolve, graceMs, false)));
    const done =
      this.#running === 0
        ? Promise.resolve(true)
        : new Promise<true>((resolve) =>
            this.#idle.push(() => {
              resolve(true);
            }),
          );
    const ended = await Promise.race([done, late]);
    clearTimeout(timer);
    if (!ended) for (const state of this.#partitions.values()) state.abort.abort();
    return ended;
  }

  #take(state: PartitionState, message: IncomingMessage): void {
    const intake = state.tracker.take(BigInt(message.offset));
    if (intake.kind === 'known') return;
    const bytes = message.value?.byteLength ?? 0;
    state.unfinished += 1;
    state.bytes += bytes;
    this.#bytes += bytes;
    this.#enqueue(state, { message, entry: intake.entry, bytes, delivery: 0 });
  }

  #enqueue(state: PartitionState, task: Task): void {
    state.waiting.push(task);
    this.#ready.add(state);
  }

  #start(): void {
    for (const state of this.#ready) {
      if (this.#draining || this.#running >= this.#options.concurrency) return;
      const task = state.waiting.shift();
      this.#ready.delete(state);
      if (task === undefined) continue;
      // To the end of the line: a Set iterates over what is added during the iteration, so all partitions take turns.
      if (state.waiting.length > 0) this.#ready.add(state);
      void this.#run(state, task);
    }
  }

  async #run(state: PartitionState, task: Task): Promise<void> {
    this.#running += 1;
    task.delivery += 1;
    try {
      await this.#options.handle(task.message, {
        signal: state.abort.signal,
        delivery: task.delivery,
        watermark: () => String(state.tracker.watermark ?? task.entry.offset),
      });
      this.#finish(state, task);
    } catch (error) {
      this.#retry(state, task, error);
    } finally {
      this.#running -= 1;
      if (this.#running === 0) for (const resolve of this.#idle.splice(0)) resolve();
      this.#start();
    }
  }

  #finish(state: PartitionState, task: Task): void {
    if (state.abort.signal.aborted) return;
    this.#release(state, task);
    state.tracker.finish(task.entry);
    if (state.tracker.committable !== undefined) this.#options.onCommittable();
    this.#weigh(state);
  }

  #retry(state: PartitionState, task: Task, error: unknown): void {
    if (state.abort.signal.aborted || this.#draining) return;
    this.#options.onRetry(task.message, task.delivery, error);
    const timer = setTimeout(
      () => {
        this.#timers.delete(timer);
        this.#enqueue(state, task);
        this.#start();
      },
      backOffMs(this.#options.backOff, task.delivery),
    );
    this.#timers.set(timer, state);
  }

  #release(state: PartitionState, task: Task): void {
    state.unfinished -= 1;
    state.bytes -= task.bytes;
    this.#bytes -= task.bytes;
  }

  /** Pauses a partition at its bound and resumes it at half of it, so that it does not flutter. */
  #weigh(state: PartitionState): void {
    const { maxSpan, maxInFlightBytes } = this.#options;
    const factor = state.paused ? 0.5 : 1;
    const over =
      state.tracker.span >= maxSpan * factor || (this.#bytes >= maxInFlightBytes * factor && state.unfinished > 0);
    if (over !== state.paused) this.#press(state, over);
    if (this.#paused > 0 && this.#bytes < maxInFlightBytes / 2) this.#relieve();
  }

  /** Partitions that were paused for the bytes of others have no message of their own that could wake them. */
  #relieve(): void {
    for (const state of this.#partitions.values()) {
      if (!state.paused || state.tracker.span >= this.#options.maxSpan / 2) continue;
      this.#press(state, false);
    }
  }

  #press(state: PartitionState, paused: boolean): void {
    state.paused = paused;
    this.#paused += paused ? 1 : -1;
    this.#options.onPressure(state, paused);
  }

  #drop(key: string, state: PartitionState): void {
    this.#partitions.delete(key);
    this.#ready.delete(state);
    this.#bytes -= state.bytes;
    state.abort.abort();
    // The client remembers a pause beyond the assignment: should the partition come back, it would stay silent.
    if (state.paused) this.#press(state, false);
    for (const [timer, owner] of this.#timers) {
      if (owner !== state) continue;
      clearTimeout(timer);
      this.#timers.delete(timer);
    }
  }
}

function newState(id: PartitionId): PartitionState {
  return {
    topic: id.topic,
    partition: id.partition,
    tracker: new OffsetTracker(),
    abort: new AbortController(),
    waiting: [],
    unfinished: 0,
    bytes: 0,
    paused: false,
    highWatermark: undefined,
  };
}

function keyOf({ topic, partition }: PartitionId): string {
  return `${topic}/${String(partition)}`;
}
