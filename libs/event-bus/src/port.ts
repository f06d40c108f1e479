/** A message to be written. Its trace context is added by the bus from the active span. */
export interface OutgoingMessage {
  /** Decides the partition: messages of one key keep their order. */
  readonly key: string;
  readonly value: string | Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A message as it was read. */
export interface IncomingMessage {
  readonly topic: string;
  readonly partition: number;
  /** Decimal text: offsets may pass 2^53. */
  readonly offset: string;
  readonly key: string | null;
  /** Null for a tombstone. */
  readonly value: Uint8Array | null;
  readonly headers: Readonly<Record<string, string>>;
  /** When the broker or the producer stamped it, in milliseconds since 1970. */
  readonly timestamp: number;
}

/** What a handler is told beside the message. */
export interface HandlingContext {
  /** Aborted when the partition went to another member or a stop has run out of time: give up, nothing will be committed. */
  readonly signal: AbortSignal;
  /** 1 for the first time that this process handles the message, then 2, 3, ... A restart begins at 1 again. */
  readonly delivery: number;
  /** The first offset of the partition that is not dealt with, as of now; never beyond this message. */
  readonly watermark: () => string;
}

/** A partition that this member was given. */
export interface AssignedPartition {
  readonly topic: string;
  readonly partition: number;
  /** What its group has committed of it, decimal text; undefined when nothing is. */
  readonly committed: string | undefined;
}

/** A place in a partition. */
export interface PartitionOffset {
  readonly topic: string;
  readonly partition: number;
  /** Decimal text: offsets may pass 2^53. */
  readonly offset: string;
}

/** Options of {@link EventBus.subscribe}. */
export interface SubscribeOptions {
  readonly topics: readonly string[];
  readonly group: string;
  /** Most messages handled at the same time, over all partitions. */
  readonly concurrency: number;
  /** Most bytes of message values in flight, over all partitions. Default 64 MiB. One larger message is still handled, alone. */
  readonly maxInFlightBytes?: number;
  /**
   * Called for each message, concurrently also within a partition. The rule:
   * - it resolves: the message is dealt with (done, or written to a dead-letter topic by the handler itself). Its offset is
   *   committed once all before it in the partition are dealt with too;
   * - it rejects: the message is not dealt with. It is given to the handler again after a growing pause (0.2 s to 10 s, with
   *   jitter), for ever; nothing behind it is committed, and other partitions go on. A handler that wants to give up
   *   dead-letters and resolves.
   */
  readonly handle: (message: IncomingMessage, context: HandlingContext) => Promise<void>;
  /**
   * Asked for the partitions that this member is newly given: from where those are to be read again that are to be read from before what
   * is committed. Before it has answered nothing of them is handled; while it rejects it is asked again, after a growing pause.
   * Default: what is committed counts.
   */
  readonly rewind?: (partitions: readonly AssignedPartition[]) => Promise<readonly PartitionOffset[]>;
  /**
   * The subscription has ended for good by an error that it does not recover from. The process should exit: staying would
   * look alive and do nothing. Called at most once, and never after `stop`.
   */
  readonly onCrash: (error: Error) => void;
}

/** How far a subscription is, for liveness and metrics. */
export interface Progress {
  /** Partitions that this member owns now. */
  readonly assigned: number;
  /** Messages in a handler or waiting for their retry. */
  readonly inFlight: number;
  /** When offsets were last committed, in milliseconds since 1970. */
  readonly lastCommitAt: number | undefined;
  /** Messages of the owned partitions not yet committed, as of the last fetch; undefined before the first. */
  readonly lag: number | undefined;
}

/** A running consumer. */
export interface Subscription {
  /**
   * Ends gracefully: takes nothing new, lets the handlers in flight finish within `graceMs` (default 10 s), commits, leaves
   * the group. Handlers that are not done by then see their signal aborted; their messages go to another member.
   */
  stop(options?: { readonly graceMs?: number }): Promise<void>;
  progress(): Progress;
  /**
   * Asks `rewind` anew for all partitions that this member has, as if they had just been given to it. Handlers in flight see their signal
   * aborted and their messages are given again.
   */
  reread(): void;
}

/** Sends and receives messages. At least once: a message may be handled again after a crash or a rebalance. */
export interface EventBus {
  /**
   * Resolves when the broker has acknowledged all messages on all in-sync replicas.
   * @throws BusUnavailable the broker did not acknowledge in time: the messages may or may not be there
   * @throws TopicMissing the topic does not exist; it is never created on the way
   */
  publish(topic: string, messages: readonly OutgoingMessage[]): Promise<void>;
  /** Resolves when the consumer runs; partitions may still be on their way. Begins at the oldest message of a new group. */
  subscribe(options: SubscribeOptions): Promise<Subscription>;
  /** Whether a publish could succeed now. @throws BusUnavailable with the address and the cause */
  ping(): Promise<void>;
  /** Stops all subscriptions and the producer. */
  close(): Promise<void>;
}
