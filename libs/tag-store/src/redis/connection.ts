import { ErrorReply } from 'redis';
import { StoreUnavailable, type StoreTrouble } from '../errors.ts';
import type { StoreLogger } from '../log.ts';
import { CircuitBreaker, type BreakerState } from './circuit-breaker.ts';
import { clientOptions, reconnectDelayMs, type RedisEndpoint } from './client-options.ts';
import { greet, type Greeting } from './greeting.ts';
import { newClient, type RedisClient } from './new-client.ts';
import { PrimaryWatch } from './primary-watch.ts';
import type { Reply } from './reply.ts';
import type { Script } from './script.ts';
import { allScripts } from './scripts.ts';

export type { Reply } from './reply.ts';

/** What became of one command of several: its answer, or the error. */
export type Outcome = Reply | StoreUnavailable;

/** The server does not know a script (any more); it was not run. */
export class ScriptMissing extends StoreUnavailable {}

/** What a connection is made from. */
export interface ConnectionOptions extends RedisEndpoint {
  readonly logger: StoreLogger;
  /** Longest time of one command, in milliseconds, the wait for a connection included. */
  readonly timeoutMs: number;
  /** Shared by all connections of a store. Default: this connection stands for itself. */
  readonly primary?: PrimaryWatch;
  /** Told of each change of the breaker. */
  readonly onBreaker?: (state: BreakerState) => void;
}

/** Most commands that may wait for their answers; more are refused at once. */
const maxQueued = 10_000;

/** So long may answers fail to come before the connection is given up for dead and made anew, in milliseconds. */
const silenceMs = 3000;

/** Five calls that waited in vain are enough; then one trial after 0.1 s, 0.2 s, ... 5 s. */
const breaker = { failures: 5, firstMs: 100, mostMs: 5000 };

/** Errors by which a server says that it is not, or not yet, the primary. */
const demoted = /^(READONLY|MASTERDOWN|UNBLOCKED|LOADING)/;

/**
 * One connection that reconnects for ever and answers every command, or fails with {@link StoreUnavailable}, within a time
 * limit; at once while its breaker is open. A command is sent at most once: what was on its way when the connection broke has
 * failed, as far as we know. Only a server that greets as the primary of the newest epoch is used.
 */
export class RedisConnection {
  readonly #options: ConnectionOptions;
  readonly #breaker: CircuitBreaker;
  readonly #primary: PrimaryWatch;
  #client: RedisClient;
  #usable = Promise.withResolvers<RedisClient>();
  #isUsable = false;
  #generation = 0;
  #epoch = 0;
  #eviction: string | undefined;
  #lastReplyAt = Date.now();
  #lastError = 'not connected yet';
  #reported = false;
  #replacements = 0;
  #reopening: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    this.#primary = options.primary ?? new PrimaryWatch();
    const { onBreaker: onChange } = options;
    this.#breaker = new CircuitBreaker({ ...breaker, ...(onChange === undefined ? {} : { onChange }) });
    this.#client = this.#open();
    this.#primary.join({
      demoted: (reason) => {
        this.replace(reason);
      },
      reigns: (epoch) => {
        if (this.#isUsable && this.#epoch < epoch) this.replace(`the primary of epoch ${String(epoch)} has taken over`);
      },
    });
  }

  /** Changes whenever the connection is a new one: what `WAIT` says only counts for writes of the same one. */
  get generation(): number {
    return this.#generation;
  }

  /** How the server will drop keys when its memory is used up; undefined where it never does, or nothing is known. */
  get eviction(): string | undefined {
    return this.#eviction;
  }

  /** Sends one command. @throws StoreUnavailable */
  async send(args: readonly string[], timeoutMs: number = this.#options.timeoutMs): Promise<Reply> {
    return await this.#limited(async (client) => await client.sendCommand<Reply>(args as string[]), timeoutMs);
  }

  /** Runs a script. @throws StoreUnavailable */
  async script({ source, sha }: Script, keys: readonly string[], args: readonly string[]): Promise<Reply> {
    const rest = [String(keys.length), ...keys, ...args];
    return await this.#limited(async (client) => {
      try {
        return await client.sendCommand<Reply>(['EVALSHA', sha, ...rest]);
      } catch (error) {
        if (!isScriptMissing(error)) throw error;
        return await client.sendCommand<Reply>(['EVAL', source, ...rest]);
      }
    }, this.#options.timeoutMs);
  }

  /**
   * Sends commands in one go, in this order, over one and the same connection. Each has its own outcome.
   * @throws StoreUnavailable nothing of it was answered
   */
  async batch(
    commands: readonly (readonly string[])[],
    timeoutMs: number = this.#options.timeoutMs,
  ): Promise<Outcome[]> {
    const settled = await this.#limited(async (client) => {
      const sent = commands.map(async (args) => await client.sendCommand<Reply>(args as string[]));
      const results = await Promise.allSettled(sent);
      const broken = results.every((result) => result.status === 'rejected' && !(result.reason instanceof ErrorReply));
      if (broken && results[0]?.status === 'rejected') throw results[0].reason;
      return results;
    }, timeoutMs);
    return settled.map((result) => {
      if (result.status === 'fulfilled') return result.value;
      if (!isScriptMissing(result.reason)) return this.#unavailable(result.reason);
      return new ScriptMissing(this.#options.address, 'it does not know the script');
    });
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#reopening);
    if (this.#client.isOpen) this.#client.destroy();
  }

  /** Gives the connection up and makes a new one, which may lead to another server behind the same address. */
  replace(reason: string): void {
    if (this.#closed || this.#reopening !== undefined) return;
    if (this.#lastError !== reason)
      this.#options.logger.warn({ address: this.#options.address, reason }, 'Connecting to Redis anew');
    this.#lastError = reason;
    this.#lost();
    if (this.#client.isOpen) this.#client.destroy();
    this.#reopening = setTimeout(() => {
      this.#reopening = undefined;
      this.#client = this.#open();
    }, reconnectDelayMs(this.#replacements));
    this.#replacements += 1;
  }

  async #limited<T>(command: (client: RedisClient) => Promise<T>, timeoutMs: number): Promise<T> {
    this.#admit();
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        reject(this.#tooLate(timeoutMs));
      }, timeoutMs);
    });
    // While nothing is connected the wait is outside of the client's own queue, from which nothing could be taken back.
    const work = this.#isUsable ? command(this.#client) : this.#usable.promise.then(command);
    try {
      const reply = await Promise.race([work, late]);
      this.#lastReplyAt = Date.now();
      this.#breaker.succeeded();
      return reply;
    } catch (error) {
      throw this.#failed(error);
    } finally {
      clearTimeout(timer);
      work.catch(() => undefined);
    }
  }

  #admit(): void {
    const { address } = this.#options;
    if (this.#closed) throw new StoreUnavailable(address, 'the store is closed', { trouble: 'closed' });
    const admission = this.#breaker.admit();
    if (admission.passes) return;
    const { retryAfterMs } = admission;
    throw new StoreUnavailable(address, `${this.#lastError}; not asked again for ${String(retryAfterMs)} ms`, {
      retryAfterMs,
    });
  }

  #tooLate(timeoutMs: number): StoreUnavailable {
    const { address } = this.#options;
    if (!this.#isUsable) return new StoreUnavailable(address, this.#lastError);
    const reason = `no answer within ${String(timeoutMs)} ms`;
    if (Date.now() - this.#lastReplyAt > silenceMs) this.replace(reason);
    else this.#lastError = reason;
    return new StoreUnavailable(address, reason);
  }

  #failed(error: unknown): StoreUnavailable {
    // Whatever a server answers, it is there.
    if (error instanceof ErrorReply) this.#breaker.succeeded();
    else if (!isQueueFull(error)) this.#breaker.failed();
    return this.#unavailable(error);
  }

  #unavailable(error: unknown): StoreUnavailable {
    if (error instanceof StoreUnavailable) return error;
    const reason = error instanceof Error ? error.message : String(error);
    if (error instanceof ErrorReply) {
      this.#lastReplyAt = Date.now();
      if (demoted.test(reason)) this.#primary.demoted(reason);
      return new StoreUnavailable(this.#options.address, reason, { cause: error, trouble: troubleOf(reason) });
    }
    const trouble = isQueueFull(error) ? 'busy' : 'unreachable';
    // While nothing is connected, why it is not says more than that the wait was cut short.
    return new StoreUnavailable(this.#options.address, this.#isUsable ? reason : this.#lastError, {
      cause: error,
      trouble,
    });
  }

  #open(): RedisClient {
    const client = newClient({
      ...clientOptions(this.#options),
      disableOfflineQueue: true,
      commandsQueueMaxLength: maxQueued,
    });
    client.on('error', (error: unknown) => {
      if (client !== this.#client || client.isReady) return;
      this.#lastError = error instanceof Error ? error.message || error.name : String(error);
      this.#lost();
      this.#report();
    });
    client.on('ready', () => void this.#greet(client));
    client.connect().catch(() => undefined);
    return client;
  }

  #report(): void {
    const { logger, address } = this.#options;
    if (!this.#reported) logger.warn({ address, reason: this.#lastError }, 'Redis cannot be reached; trying again');
    this.#reported = true;
  }

  #lost(): void {
    if (!this.#isUsable) return;
    this.#isUsable = false;
    this.#usable = Promise.withResolvers();
  }

  /** The server is used from when it has greeted as the primary; another one may be met behind the address next time. */
  async #greet(client: RedisClient): Promise<void> {
    const { address, logger, timeoutMs } = this.#options;
    const silence: Greeting = { epoch: 0, refusal: `no answer within ${String(timeoutMs)} ms`, eviction: undefined };
    const late = new Promise<Greeting>((resolve) => setTimeout(resolve, timeoutMs, silence).unref());
    const greeting = await Promise.race([greet(client, allScripts), late]);
    if (client !== this.#client || !client.isReady || this.#closed) return;
    if (greeting.refusal !== undefined) {
      this.replace(greeting.refusal);
      return;
    }
    if (!this.#primary.meet(greeting.epoch)) {
      this.replace(`its epoch ${String(greeting.epoch)} is over; that of ${String(this.#primary.epoch)} has begun`);
      return;
    }
    this.#epoch = greeting.epoch;
    this.#eviction = greeting.eviction;
    this.#generation += 1;
    this.#replacements = 0;
    this.#lastReplyAt = Date.now();
    if (this.#reported) logger.info({ address }, 'Redis is reached again');
    this.#reported = false;
    this.#isUsable = true;
    this.#breaker.succeeded();
    this.#usable.resolve(client);
  }
}

function isScriptMissing(error: unknown): boolean {
  return error instanceof ErrorReply && error.message.startsWith('NOSCRIPT');
}

function isQueueFull(error: unknown): boolean {
  return error instanceof Error && error.message === 'The queue is full';
}

function troubleOf(reason: string): StoreTrouble {
  return reason.startsWith('OOM') ? 'full' : 'unreachable';
}
