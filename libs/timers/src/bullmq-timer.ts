import type { JobsOptions, Queue, Worker } from 'bullmq';
import { redisClient } from '@tagservice/tag-store/client';
import type { RedisClient, RedisEndpoint } from '@tagservice/tag-store/client';
import type { Logger } from '@tagservice/service-kit';
import { TimerUnavailable } from './message-timer.port.ts';
import type { DelayedMessage, MessageTimer, Scheduled } from './message-timer.port.ts';

export interface BullMqTimerOptions extends Omit<RedisEndpoint, 'address'> {
  /** What waits: timers of one name share it over all processes. */
  readonly name: string;
  /** Deliveries of this process at the same time. */
  readonly deliveries: number;
  /** Replicas that must have a message before it counts as kept. */
  readonly acknowledgingReplicas: number;
  /** Messages that may wait at the same time. */
  readonly most: number;
  readonly logger: Logger;
  /** Longest wait for Redis, in milliseconds. Default 2000. */
  readonly timeoutMs?: number;
  /** After so long without a sign of life a worker has died, and what it was handing over is handed over again. Default 15,000 ms. */
  readonly deadAfterMs?: number;
}

const QUEUE = 'messages';
/** How long a count of what waits is good for, in milliseconds. */
const COUNT_FOR_MS = 1_000;
/** BullMQ counts attempts and stalls and gives up at some number; a message that Kafka does not take for an hour is still not lost. */
const FOR_EVER = 1_000_000_000;

const JOB: JobsOptions = {
  attempts: FOR_EVER,
  backoff: { type: 'fixed', delay: 1_000 },
  removeOnComplete: true,
};

/** What a server says that is no primary any more: behind the same address there is another one. */
const DEMOTED = /^(READONLY|MASTERDOWN|UNBLOCKED)/;

interface Stored {
  readonly key: string | null;
  /** Base64. */
  readonly value: string;
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * A timer of BullMQ on the Redis that holds the results: what waits there is as safe as they are, since a message counts as kept only
 * when `WAIT` on the same connection says so. BullMQ's own promise ends with the primary's answer.
 */
export function bullMqTimer(options: BullMqTimerOptions): MessageTimer {
  return new BullMqTimer(options);
}

class BullMqTimer implements MessageTimer {
  private readonly address: string;
  /** Letters in braces: all keys of the queue in one slot, for a Redis of several primaries. */
  private readonly prefix: string;
  private readonly client: RedisClient;
  private readonly timeoutMs: number;
  private opened: Promise<Queue<Stored>> | undefined;
  private working: Promise<{ readonly client: RedisClient; readonly worker: Worker<Stored> }> | undefined;
  private count: { readonly value: number; readonly at: number } | undefined;
  /** Connections so far: `WAIT` says nothing about what another connection wrote. */
  private generation = 0;
  private closed = false;
  private readonly options: BullMqTimerOptions;

  constructor(options: BullMqTimerOptions) {
    this.options = options;
    this.timeoutMs = options.timeoutMs ?? 2_000;
    this.prefix = `{${options.name}}`;
    const { client, address } = redisClient(options);
    this.client = client;
    this.address = address;
    this.report(client);
    this.client.on('ready', () => (this.generation += 1));
  }

  async schedule(message: DelayedMessage, delayMs: number): Promise<Scheduled> {
    if (this.closed) throw new TimerUnavailable('The timer is closed');
    return this.within(async () => {
      const waiting = await this.counted();
      if (waiting >= this.options.most) return 'full';
      const { generation } = this;
      const { key, value, headers } = message;
      const stored = { key, value: Buffer.from(value).toString('base64'), headers };
      const queue = await this.queue();
      await queue.add('message', stored, { ...JOB, jobId: message.id, delay: Math.max(0, delayMs) });
      // Others may have added theirs since it was asked for.
      this.count = { value: (this.count?.value ?? waiting) + 1, at: this.count?.at ?? Date.now() };
      await this.replicated(generation);
      return 'kept';
    });
  }

  start(deliver: (message: DelayedMessage) => Promise<void>): void {
    if (!this.closed) this.working ??= this.work(deliver);
  }

  async waiting(): Promise<number | undefined> {
    return this.within(() => this.counted()).catch(() => undefined);
  }

  async close(): Promise<void> {
    this.closed = true;
    await this.within(async () => {
      const working = await this.working;
      await working?.worker.close();
      const queue = await this.opened;
      await queue?.close();
    }).catch(() => undefined);
    const working = await this.working;
    for (const client of [working?.client, this.client]) if (client?.isOpen === true) client.destroy();
  }

  /** Opened by the first use: who never has anything wait needs neither the connection nor the library. */
  private queue(): Promise<Queue<Stored>> {
    return (this.opened ??= this.open());
  }

  private async open(): Promise<Queue<Stored>> {
    const { Queue, createNodeRedisClient } = await import('bullmq');
    const connection = createNodeRedisClient(this.client);
    const queue = new Queue<Stored>(QUEUE, { prefix: this.prefix, connection, skipVersionCheck: true });
    queue.on('error', () => undefined);
    return queue;
  }

  private async work(deliver: (message: DelayedMessage) => Promise<void>) {
    const { Worker, createNodeRedisClient } = await import('bullmq');
    const { client } = redisClient(this.options);
    this.report(client);
    const deadAfterMs = this.options.deadAfterMs ?? 15_000;
    const worker = new Worker<Stored>(
      QUEUE,
      async ({ id = '', data: { key, value, headers } }) => {
        await deliver({ id, key, value: Buffer.from(value, 'base64'), headers });
      },
      {
        prefix: this.prefix,
        connection: createNodeRedisClient(client),
        skipVersionCheck: true,
        concurrency: this.options.deliveries,
        lockDuration: deadAfterMs,
        stalledInterval: deadAfterMs,
        maxStalledCount: FOR_EVER,
      },
    );
    worker.on('error', ({ message }) => {
      if (DEMOTED.test(message)) connectAnew(client);
    });
    worker.on('failed', (job, error) => {
      this.options.logger.warn(
        { id: job?.id, reason: error.message },
        'a delayed message could not be handed over yet',
      );
    });
    return { client, worker };
  }

  /** Everything that is not handed over yet. */
  private async counted(): Promise<number> {
    if (this.count !== undefined && Date.now() - this.count.at < COUNT_FOR_MS) return this.count.value;
    const queue = await this.queue();
    const counts = await queue.getJobCounts('delayed', 'wait', 'active');
    const value = Object.values(counts).reduce((sum, count) => sum + count, 0);
    this.count = { value, at: Date.now() };
    return value;
  }

  private async replicated(generation: number): Promise<void> {
    const { acknowledgingReplicas: wanted } = this.options;
    if (wanted === 0) return;
    const half = String(Math.round(this.timeoutMs / 2));
    const acknowledged = Number(await this.client.sendCommand(['WAIT', String(wanted), half]));
    if (generation !== this.generation) throw new TimerUnavailable(`Redis at ${this.address}: connected anew`);
    if (acknowledged < wanted)
      throw new TimerUnavailable(
        `Redis at ${this.address}: ${String(acknowledged)} of ${String(wanted)} replicas have the message`,
      );
  }

  /** @throws TimerUnavailable whatever went wrong, and when it takes too long */
  private async within<T>(work: () => Promise<T>): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        reject(new TimerUnavailable(`Redis at ${this.address}: no answer within ${String(this.timeoutMs)} ms`));
      }, this.timeoutMs);
    });
    const working = work();
    // When the time is over it may still fail later; nobody listens then.
    working.catch(() => undefined);
    try {
      return await Promise.race([working, late]);
    } catch (error) {
      if (error instanceof TimerUnavailable) throw error;
      const reason = error instanceof Error ? error.message : String(error);
      if (DEMOTED.test(reason)) connectAnew(this.client);
      throw new TimerUnavailable(`Redis at ${this.address}: ${reason}`, { cause: error });
    } finally {
      clearTimeout(timer);
    }
  }

  /** One line an outage. */
  private report(client: RedisClient): void {
    let reported = false;
    client.on('error', (error: unknown) => {
      const reason = error instanceof Error ? error.message || error.name : String(error);
      if (!reported)
        this.options.logger.warn({ address: this.address, reason }, 'the timer cannot reach Redis; trying again');
      reported = true;
    });
    client.on('ready', () => {
      reported = false;
    });
  }
}

/** Asks the server to end the connection: to the client that is an outage like any other, and it comes back by itself. */
function connectAnew(client: RedisClient): void {
  client.sendCommand(['QUIT']).catch(() => undefined);
}
