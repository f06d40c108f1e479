import { setTimeout as pause } from 'node:timers/promises';
import type { Consumer, EachBatchPayload, Kafka, KafkaMessage } from 'kafkajs';
import { backOffMs } from '../back-off.ts';
import type { Dispatcher, PartitionId } from '../dispatcher.ts';
import type { BusLogger } from '../log.ts';
import type { IncomingMessage, PartitionOffset, Progress, SubscribeOptions, Subscription } from '../port.ts';
import { Rewinder } from '../rewinder.ts';
import { dispatcherFor, type SubscriptionTuning } from '../subscription-core.ts';
import { isCoordinatorMissing, isLoginRefused, reasonOf, withinDeadline } from './failure.ts';
import { OffsetCommitter } from './offset-committer.ts';
import { textHeaders } from './records/text-headers.ts';

/** Timing of the consumer, in milliseconds. */
const timing = {
  /** A member that is silent for so long has died; its partitions go to others. The brokers' minimum is 6 s. */
  session: 10_000,
  heartbeat: 1000,
  rebalance: 30_000,
  /** Long poll. Also the longest time until a resumed partition is read again. */
  maxWait: 100,
  /** How soon new partitions of a topic are noticed. */
  metadataMaxAge: 30_000,
  /** Leaving is a courtesy: without it the others wait for the session to end. */
  leave: 3000,
} as const;

const startBackOff = { initialMs: 200, maxMs: 5000 };

/**
 * A member of a consumer group. kafkajs fetches, heartbeats and rebalances; what is handled when, and what is committed,
 * is decided by the dispatcher. `eachBatch` only hands messages over and returns at once, so that a slow handler never
 * delays a heartbeat; bounds are kept by pausing partitions.
 */
export class KafkaSubscription implements Subscription {
  readonly #consumer: Consumer;
  readonly #options: SubscribeOptions;
  readonly #logger: BusLogger;
  readonly #brokers: readonly string[];
  readonly #dispatcher: Dispatcher;
  readonly #committer: OffsetCommitter;
  readonly #rewinder: Rewinder | undefined;
  readonly #kafka: Kafka;
  #assigned: readonly PartitionId[] = [];
  readonly #stop = new AbortController();
  #running: Promise<void>;
  #away = false;
  #stopping: Promise<void> | undefined;

  constructor(
    kafka: Kafka,
    options: SubscribeOptions,
    tuning: SubscriptionTuning & { readonly logger: BusLogger; readonly brokers: readonly string[] },
  ) {
    this.#options = options;
    this.#kafka = kafka;
    this.#logger = tuning.logger;
    this.#brokers = tuning.brokers;
    this.#rewinder = this.#newRewinder();
    this.#consumer = kafka.consumer({
      groupId: options.group,
      sessionTimeout: timing.session,
      heartbeatInterval: timing.heartbeat,
      rebalanceTimeout: timing.rebalance,
      maxWaitTimeInMs: timing.maxWait,
      metadataMaxAge: timing.metadataMaxAge,
      maxBytesPerPartition: 1_048_576,
      maxBytes: 8_388_608,
      allowAutoTopicCreation: false,
      retry: { initialRetryTime: 200, maxRetryTime: 2000, retries: 5 },
    });
    this.#committer = new OffsetCommitter({
      commit: async (offsets) => {
        await this.#consumer.commitOffsets(offsets.map(({ offset, ...id }) => ({ ...id, offset: String(offset) })));
      },
      pending: () => this.#dispatcher.committable(),
      committed: (offsets) => {
        this.#dispatcher.committed(offsets);
      },
      logger: tuning.logger,
    });
    this.#dispatcher = dispatcherFor(options, tuning, {
      onCommittable: () => {
        this.#committer.schedule();
      },
      onPressure: (id, paused) => {
        this.#press(id, paused);
      },
    });
    this.#supervise();
    this.#running = this.#start();
  }

  progress(): Progress {
    const { assigned, inFlight, lag } = this.#dispatcher;
    return { assigned, inFlight, lag, lastCommitAt: this.#committer.lastCommitAt };
  }

  reread(): void {
    if (this.#rewinder === undefined) return;
    this.#dispatcher.assign([]);
    this.#dispatcher.assign(this.#assigned);
    this.#rewinder.assign(this.#assigned, true);
  }

  async stop({ graceMs = 10_000 }: { readonly graceMs?: number } = {}): Promise<void> {
    this.#stopping ??= this.#leave(graceMs);
    await this.#stopping;
  }

  /** Connects and runs; while the brokers are away or the topics do not exist yet, tries again for ever. */
  async #start(): Promise<void> {
    for (let attempt = 1; !this.#stop.signal.aborted; attempt += 1) {
      try {
        await this.#consumer.connect();
        await this.#consumer.subscribe({ topics: [...this.#options.topics], fromBeginning: true });
        await this.#consumer.run({
          autoCommit: false,
          partitionsConsumedConcurrently: 4,
          eachBatch: async (payload) => {
            await this.#admit(payload);
          },
        });
        return;
      } catch (error) {
        this.#warnOnce(error);
        await pause(backOffMs(startBackOff, attempt), undefined, { signal: this.#stop.signal }).catch(() => undefined);
      }
    }
  }

  #supervise(): void {
    const { CRASH, GROUP_JOIN, REBALANCING } = this.#consumer.events;
    this.#consumer.on(GROUP_JOIN, ({ payload }) => {
      const partitions = Object.entries(payload.memberAssignment).flatMap(([topic, numbers]) =>
        numbers.map((partition) => ({ topic, partition })),
      );
      this.#assigned = partitions;
      this.#dispatcher.assign(partitions);
      this.#rewinder?.assign(partitions);
      this.#away = false;
      this.#logger.info({ group: payload.groupId, assigned: partitions.length }, 'Joined the consumer group');
    });
    // Until the group has formed anew the old generation may still commit: less to repeat for whoever gets our partitions.
    this.#consumer.on(REBALANCING, () => {
      void this.#committer.flush();
    });
    this.#consumer.on(CRASH, ({ payload: { error, restart } }) => {
      if (this.#stop.signal.aborted) return;
      if (restart) {
        this.#warnOnce(error);
        return;
      }
      // A rotated password may reach our files a minute after the broker has it, and a group gets its coordinator.
      if (isLoginRefused(error) || isCoordinatorMissing(error)) {
        this.#warnOnce(error);
        this.#running = this.#start();
        return;
      }
      this.#logger.error({ err: error, group: this.#options.group }, 'The consumer has ended for good');
      this.#options.onCrash(error);
    });
  }

  /** One line an outage: kafkajs begins anew about once a second until the group has us back. */
  #warnOnce(error: unknown): void {
    if (this.#away) return;
    this.#away = true;
    const { topics, group } = this.#options;
    this.#logger.warn(
      { topics, group, brokers: this.#brokers, reason: reasonOf(error) },
      'Cannot consume now; trying again',
    );
  }

  async #admit({ batch, heartbeat }: EachBatchPayload): Promise<void> {
    const { topic, partition } = batch;
    const messages = batch.messages.map((message) => incoming({ topic, partition }, message));
    const highWatermark = BigInt(batch.highWatermark);
    const held = this.#rewinder?.take({ topic, partition }, { messages, highWatermark }) ?? false;
    if (!held) this.#dispatcher.admit({ topic, partition }, messages, highWatermark);
    await heartbeat();
  }

  #newRewinder(): Rewinder | undefined {
    const { rewind: ask } = this.#options;
    if (ask === undefined) return undefined;
    return new Rewinder({
      ask,
      committed: async (partitions) => await this.#committed(partitions),
      seek: (place) => {
        this.#consumer.seek(place);
      },
      press: (id, paused) => {
        this.#press(id, paused);
      },
      admit: (id, messages, highWatermark) => {
        this.#dispatcher.admit(id, messages, highWatermark);
      },
      logger: this.#logger,
    });
  }

  /** Asked of the coordinator over a connection of its own: the consumer does not tell. */
  async #committed(partitions: readonly PartitionId[]): Promise<PartitionOffset[]> {
    const admin = this.#kafka.admin();
    try {
      await admin.connect();
      const topics = Array.from(new Set(partitions.map(({ topic }) => topic)));
      const answers = await admin.fetchOffsets({ groupId: this.#options.group, topics });
      return answers.flatMap(({ topic, partitions: offsets }) =>
        // What has no committed offset is told as -1.
        offsets.flatMap(({ partition, offset }) => (offset.startsWith('-') ? [] : [{ topic, partition, offset }])),
      );
    } finally {
      await admin.disconnect().catch(() => undefined);
    }
  }

  #press({ topic, partition }: PartitionId, paused: boolean): void {
    const partitions = [{ topic, partitions: [partition] }];
    if (paused) this.#consumer.pause(partitions);
    else this.#consumer.resume(partitions);
  }

  async #leave(graceMs: number): Promise<void> {
    this.#stop.abort();
    this.#rewinder?.stop();
    await withinDeadline(this.#running, { brokers: this.#brokers, ms: timing.leave }).catch(() => undefined);
    // Heartbeats go on while the handlers finish: the runner keeps polling what is paused.
    await this.#dispatcher.drain(graceMs);
    await withinDeadline(this.#committer.close(), { brokers: this.#brokers, ms: timing.leave }).catch(() => undefined);
    await withinDeadline(this.#consumer.disconnect(), { brokers: this.#brokers, ms: timing.leave }).catch(
      () => undefined,
    );
    this.#dispatcher.assign([]);
  }
}

function incoming(id: PartitionId, message: KafkaMessage): IncomingMessage {
  return {
    ...id,
    offset: message.offset,
    key: message.key === null ? null : message.key.toString('utf8'),
    value: message.value,
    headers: textHeaders(message.headers),
    timestamp: Number(message.timestamp),
  };
}
