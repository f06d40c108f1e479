import { once } from 'node:events';
import { createClient, ErrorReply } from 'redis';
import { StoreUnavailable } from '../errors.ts';
import type { StoreLogger } from '../log.ts';
import { clientOptions, type RedisEndpoint } from './client-options.ts';
import type { Script } from './scripts.ts';

type Client = ReturnType<typeof createClient>;

/** An answer in RESP2 terms: scripts answer with nothing else. */
export type Reply = string | number | null | Reply[];

/** What a connection is made from. */
export interface ConnectionOptions extends RedisEndpoint {
  readonly logger: StoreLogger;
  /** Longest time of one command, in milliseconds, the wait for a connection included. */
  readonly timeoutMs: number;
}

/** Most commands that may wait for their answers; more are refused at once. */
const maxQueued = 10_000;

/** So long may answers fail to come before the connection is given up for dead and made anew, in milliseconds. */
const silenceMs = 3000;

/** Errors by which a server says that another one is the primary now. */
const demoted = /^(READONLY|MASTERDOWN|UNBLOCKED)/;

/**
 * One connection that reconnects for ever and answers every command, or fails with {@link StoreUnavailable}, within a time
 * limit. A command is sent at most once: what was on its way when the connection broke has failed, as far as we know.
 */
export class RedisConnection {
  readonly #options: ConnectionOptions;
  #client: Client;
  #generation = 0;
  #lastReplyAt = Date.now();
  #lastError = 'not connected yet';
  #closed = false;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    this.#client = this.#open();
  }

  /** Changes whenever the connection is a new one: what `WAIT` says only counts for writes of the same one. */
  get generation(): number {
    return this.#generation;
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
        if (!(error instanceof Error && error.message.startsWith('NOSCRIPT'))) throw error;
        return await client.sendCommand<Reply>(['EVAL', source, ...rest]);
      }
    }, this.#options.timeoutMs);
  }

  close(): void {
    this.#closed = true;
    this.#client.destroy();
  }

  async #limited<T>(command: (client: Client) => Promise<T>, timeoutMs: number): Promise<T> {
    if (this.#closed) throw new StoreUnavailable(this.#options.address, 'the store is closed');
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        reject(this.#tooLate(timeoutMs));
      }, timeoutMs);
    });
    const work = this.#ready().then(command);
    try {
      const reply = await Promise.race([work, late]);
      this.#lastReplyAt = Date.now();
      return reply;
    } catch (error) {
      throw this.#unavailable(error);
    } finally {
      clearTimeout(timer);
      work.catch(() => undefined);
    }
  }

  /** The client once it is connected. Waits outside of the client's own queue, from which nothing could be taken back. */
  async #ready(): Promise<Client> {
    const client = this.#client;
    if (!client.isReady) await once(client, 'ready', { signal: AbortSignal.timeout(this.#options.timeoutMs) });
    return client;
  }

  #tooLate(timeoutMs: number): StoreUnavailable {
    const { address } = this.#options;
    if (!this.#client.isReady) return new StoreUnavailable(address, this.#lastError);
    if (Date.now() - this.#lastReplyAt > silenceMs) this.#replace('no answers');
    return new StoreUnavailable(address, `no answer within ${String(timeoutMs)} ms`);
  }

  #unavailable(error: unknown): StoreUnavailable {
    if (error instanceof StoreUnavailable) return error;
    const reason = error instanceof Error ? error.message : String(error);
    if (error instanceof ErrorReply) {
      this.#lastReplyAt = Date.now();
      if (demoted.test(reason)) this.#replace(reason);
    }
    // While nothing is connected, why it is not says more than that the wait was cut short.
    return new StoreUnavailable(this.#options.address, this.#client.isReady ? reason : this.#lastError, {
      cause: error,
    });
  }

  #open(): Client {
    const client = createClient({
      ...clientOptions(this.#options),
      disableOfflineQueue: true,
      commandsQueueMaxLength: maxQueued,
    });
    const { logger, address } = this.#options;
    let reported = false;
    client.setMaxListeners(0);
    client.on('error', (error: unknown) => {
      this.#lastError = error instanceof Error ? error.message || error.name : String(error);
      if (!reported) logger.warn({ address, reason: this.#lastError }, 'Redis cannot be reached; trying again');
      reported = true;
    });
    client.on('ready', () => {
      this.#generation += 1;
      this.#lastReplyAt = Date.now();
      if (reported) logger.info({ address }, 'Redis is reached again');
      reported = false;
    });
    client.connect().catch(() => undefined);
    return client;
  }

  /** Gives the connection up and makes a new one, which may lead to another server behind the same address. */
  #replace(reason: string): void {
    if (this.#closed) return;
    this.#options.logger.warn({ address: this.#options.address, reason }, 'Connecting to Redis anew');
    const old = this.#client;
    this.#lastError = reason;
    this.#lastReplyAt = Date.now();
    this.#client = this.#open();
    old.destroy();
  }
}
