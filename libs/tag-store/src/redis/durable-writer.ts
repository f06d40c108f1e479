import { StoreUnavailable } from '../errors.ts';
import type { Reply, RedisConnection } from './connection.ts';
import type { Script } from './scripts.ts';

/** One script call. */
export interface Write {
  readonly script: Script;
  readonly keys: readonly string[];
  readonly args: readonly string[];
}

/** What a script answered, and how many replicas have it. */
export interface Written {
  readonly reply: Reply;
  readonly acknowledged: number;
}

interface Pending extends Write, Omit<PromiseWithResolvers<Written>, 'promise'> {}

/** How durable a write must be. */
export interface DurabilityOptions {
  readonly acknowledgingReplicas: number;
  /** Longest wait for the replicas, in milliseconds. Online replicas answer within a round trip. */
  readonly waitTimeoutMs: number;
}

/** Most writes under one WAIT: bounds what one slow acknowledgement holds up. */
const maxBatch = 512;

/**
 * Runs scripts and counts the replicas that have their writes. Writes that come while others wait for acknowledgement go
 * together in the next batch with one `WAIT`, on a connection of their own, since `WAIT` blocks what comes behind it.
 *
 * `WAIT` speaks of the writes of its own connection only. Should the connection have changed between scripts and `WAIT`, as
 * in a failover, its answer means nothing and nobody is counted. A script that found its work done before wrote nothing now;
 * `WAIT` still covers the earlier write, because Redis remembers for a connection how far the server was at its last command.
 */
export class DurableWriter {
  readonly #connection: RedisConnection;
  readonly #options: DurabilityOptions;
  readonly #pending: Pending[] = [];
  #flushing = false;

  constructor(connection: RedisConnection, options: DurabilityOptions) {
    this.#connection = connection;
    this.#options = options;
  }

  /** @throws StoreUnavailable whether the write took place is not known */
  async write(write: Write): Promise<Written> {
    const { promise, ...settlers } = Promise.withResolvers<Written>();
    this.#pending.push({ ...write, ...settlers });
    // On the next turn, so that all writes of this one share a batch.
    if (!this.#flushing) {
      this.#flushing = true;
      queueMicrotask(() => void this.#flush());
    }
    return await promise;
  }

  async #flush(): Promise<void> {
    while (this.#pending.length > 0) await this.#writeBatch(this.#pending.splice(0, maxBatch));
    this.#flushing = false;
  }

  async #writeBatch(batch: readonly Pending[]): Promise<void> {
    const generation = this.#connection.generation;
    const outcomes = await Promise.allSettled(
      batch.map(async ({ script, keys, args }) => await this.#connection.script(script, keys, args)),
    );
    const acknowledged = outcomes.some(({ status }) => status === 'fulfilled')
      ? await this.#acknowledged(generation)
      : 0;
    outcomes.forEach((outcome, index) => {
      if (outcome.status === 'fulfilled') batch[index]?.resolve({ reply: outcome.value, acknowledged });
      else batch[index]?.reject(outcome.reason);
    });
  }

  async #acknowledged(generation: number): Promise<number> {
    const { acknowledgingReplicas, waitTimeoutMs } = this.#options;
    if (acknowledgingReplicas === 0) return 0;
    try {
      const wait = ['WAIT', String(acknowledgingReplicas), String(waitTimeoutMs)];
      const count = await this.#connection.send(wait, waitTimeoutMs + 500);
      // A first batch may itself have waited for the first connection: generation 0 becomes 1 and nothing was lost.
      const same = this.#connection.generation === generation || generation === 0;
      return same && typeof count === 'number' ? count : 0;
    } catch (error) {
      if (error instanceof StoreUnavailable) return 0;
      throw error;
    }
  }
}
