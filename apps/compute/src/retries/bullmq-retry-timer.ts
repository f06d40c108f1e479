import { Queue, Worker, createNodeRedisClient } from 'bullmq';
import type { JobsOptions } from 'bullmq';
import { redisClient } from '@tagservice/tag-store/client';
import type { RedisClient, RedisEndpoint } from '@tagservice/tag-store/client';
import type { Logger } from '@tagservice/service-kit';
import { RetryTimerUnavailable } from './retry-timer.port.ts';
import type { DelayedMessage, RetryTimer, Scheduled } from './retry-timer.port.ts';

export interface BullMqRetryTimerOptions extends Omit<RedisEndpoint, 'address'> {
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

/** Letters in braces: all keys of the queue in one slot, for a Redis of several primaries. */
const PREFIX = '{retries}';
const QUEUE = 'pages';
/** Deliveries at the same time: each is one acknowledged message to Kafka. */
const DELIVERIES = 16;
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
export function bullMqRetryTimer(options: BullMqRetryTimerOptions): RetryTimer {
  return new BullMqRetryTimer(options);
}

class BullMqRetryTimer implements RetryTimer {
  private readonly address: string;
  private readonly client: RedisClient;
  private readonly queue: Queue<Stored>;
  private readonly timeoutMs: number;
  private worker: { readonly client: RedisClient; readonly worker: Worker<Stored> } | undefined;
  private count: { readonly value: number; readonly at: number } | undefined;
  /** Connections so far: `WAIT` says nothing about what another connection wrote. */
  private generation = 0;
  private closed = false;
  private readonly options: BullMqRetryTimerOptions;

  constructor(options: BullMqRetryTimerOptions) {
    this.options = options;
    this.timeoutMs = options.timeoutMs ?? 2_000;
    const { client, address } = redisClient(options);
    this.client = client;
    this.address = address;
    this.report(client);
    this.client.on('ready', () => (this.generation += 1));
    this.queue = new Queue<Stored>(QUEUE, {
      prefix: PREFIX,
      connection: createNodeRedisClient(this.client),
      skipVersionCheck: true,
    });
    this.queue.on('error', () => undefined);
  }

  async schedule(message: DelayedMessage, delayMs: number): Promise<Scheduled> {
    if (this.closed) throw new RetryTimerUnavailable('The timer is closed');
    return this.within(async () => {
      const waiting = await this.counted();
      if (waiting >= this.options.most) return 'full';
      const { generation } = this;
      const { key, value, headers } = message;
      const stored = { key, value: Buffer.from(value).toString('base64'), headers };
      await this.queue.add('message', stored, { ...JOB, jobId: message.id, delay: Math.max(0, delayMs) });
      // Others may have added theirs since it was asked for.
      this.count = { value: (this.count?.value ?? waiting) + 1, at: this.count?.at ?? Date.now() };
      await this.replicated(generation);
      return 'kept';
    });
  }

  start(deliver: (message: DelayedMessage) => Promise<void>): void {
    if (this.worker !== undefined || this.closed) return;
    const { client } = redisClient(this.options);
    this.report(client);
    const deadAfterMs = this.options.deadAfterMs ?? 15_000;
    const worker = new Worker<Stored>(
      QUEUE,
      async ({ id = '', data: { key, value, headers } }) => {
        await deliver({ id, key, value: Buffer.from(value, 'base64'), headers });
      },
      {
        prefix: PREFIX,
        connection: createNodeRedisClient(client),
        skipVersionCheck: true,
        concurrency: DELIVERIES,
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
    this.worker = { client, worker };
  }

  async waiting(): Promise<number | undefined> {
    return this.within(() => this.counted()).catch(() => undefined);
  }

  async close(): Promise<void> {
    this.closed = true;
    await this.within(async () => {
      await this.worker?.worker.close();
      await this.queue.close();
    }).catch(() => undefined);
    for (const client of [this.worker?.client, this.client]) if (client?.isOpen === true) client.destroy();
  }

  /** Everything that is not handed over yet. */
  private async counted(): Promise<number> {
    if (this.count !== undefined && Date.now() - this.count.at < COUNT_FOR_MS) return this.count.value;
    const counts = await this.queue.getJobCounts('delayed', 'wait', 'active');
    const value = Object.values(counts).reduce((sum, count) => sum + count, 0);
    this.count = { value, at: Date.now() };
    return value;
  }

  private async replicated(generation: number): Promise<void> {
    const { acknowledgingReplicas: wanted } = this.options;
    if (wanted === 0) return;
    const half = String(Math.round(this.timeoutMs / 2));
    const acknowledged = Number(await this.client.sendCommand(['WAIT', String(wanted), half]));
    if (generation !== this.generation) throw new RetryTimerUnavailable(`Redis at ${this.address}: connected anew`);
    if (acknowledged < wanted)
      throw new RetryTimerUnavailable(
        `Redis at ${this.address}: ${String(acknowledged)} of ${String(wanted)} replicas have the message`,
      );
  }

  /** @throws RetryTimerUnavailable whatever went wrong, and when it takes too long */
  private async within<T>(work: () => Promise<T>): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        reject(new RetryTimerUnavailable(`Redis at ${this.address}: no answer within ${String(this.timeoutMs)} ms`));
      }, this.timeoutMs);
    });
    const working = work();
    // When the time is over it may still fail later; nobody listens then.
    working.catch(() => undefined);
    try {
      return await Promise.race([working, late]);
    } catch (error) {
      if (error instanceof RetryTimerUnavailable) throw error;
      const reason = error instanceof Error ? error.message : String(error);
      if (DEMOTED.test(reason)) connectAnew(this.client);
      throw new RetryTimerUnavailable(`Redis at ${this.address}: ${reason}`, { cause: error });
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
