import { StoreUnavailable } from '../errors.ts';
import { ScriptMissing, type Outcome, type RedisConnection, type Reply } from './connection.ts';
import type { Script } from './script.ts';

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

interface Pending extends Write, Omit<PromiseWithResolvers<Written>, 'promise'> {
  /** It was sent before to a server that had forgotten the script. */
  readonly again: boolean;
}

/** How durable a write must be. */
export interface DurabilityOptions {
  readonly acknowledgingReplicas: number;
  /** Longest wait for the replicas, in milliseconds. Online replicas answer within a round trip. */
  readonly waitTimeoutMs: number;
  /** Longest time of the scripts, in milliseconds. */
  readonly timeoutMs: number;
}

/** Most writes under one WAIT: bounds what one slow acknowledgement holds up. */
const maxBatch = 512;

/**
 * A primary that no replica acknowledges may have been cut off, while its successor answers behind the same address: so often the
 * connection is made anew to find out, in milliseconds.
 */
const lookAroundMs = 2000;

/** One connection for durable writes: one batch at a time is under way on it. */
interface Lane {
  readonly connection: RedisConnection;
  busy: boolean;
  lookedAt: number;
}

/**
 * Runs scripts and counts the replicas that have their writes. Writes that come while others wait for acknowledgement go
 * together in the next batch with one `WAIT` right behind them. `WAIT` blocks what comes after it on its connection: hence connections
 * of its own, and more than one, so that the scripts of one batch run while another batch waits.
 *
 * `WAIT` speaks of the writes of its own connection only. Should the connection have changed between scripts and `WAIT`, as
 * in a failover, its answer means nothing and nobody is counted. A script that found its work done before wrote nothing now;
 * `WAIT` still covers the earlier write, because Redis remembers for a connection how far the server was at its last command.
 */
export class DurableWriter {
  readonly #lanes: readonly Lane[];
  readonly #options: DurabilityOptions;
  readonly #pending: Pending[] = [];
  #scheduled = false;

  constructor(connections: readonly RedisConnection[], options: DurabilityOptions) {
    this.#lanes = connections.map((connection) => ({ connection, busy: false, lookedAt: 0 }));
    this.#options = options;
  }

  /** @throws StoreUnavailable whether the write took place is not known */
  async write(write: Write): Promise<Written> {
    const { promise, ...settlers } = Promise.withResolvers<Written>();
    this.#pending.push({ ...write, ...settlers, again: false });
    this.#schedule();
    return await promise;
  }

  /** After those who write in the same turn: they share a batch. */
  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    queueMicrotask(() => {
      this.#scheduled = false;
      for (const lane of this.#lanes) if (!lane.busy && this.#pending.length > 0) void this.#run(lane);
    });
  }

  async #run(lane: Lane): Promise<void> {
    lane.busy = true;
    while (this.#pending.length > 0) await this.#writeBatch(lane, this.#pending.splice(0, maxBatch));
    lane.busy = false;
  }

  async #writeBatch(lane: Lane, batch: readonly Pending[]): Promise<void> {
    const { connection } = lane;
    const { acknowledgingReplicas, waitTimeoutMs, timeoutMs } = this.#options;
    const commands = batch.map(({ script, keys, args }) => [
      'EVALSHA',
      script.sha,
      String(keys.length),
      ...keys,
      ...args,
    ]);
    if (acknowledgingReplicas > 0) commands.push(['WAIT', String(acknowledgingReplicas), String(waitTimeoutMs)]);
    const generation = connection.generation;
    try {
      const outcomes = await connection.batch(commands, timeoutMs + waitTimeoutMs);
      const acknowledged = this.#acknowledged(outcomes[batch.length], connection, generation);
      if (acknowledged < acknowledgingReplicas) lookAround(lane);
      if (outcomes.some((outcome) => outcome instanceof ScriptMissing)) await reload(connection, batch);
      batch.forEach((pending, index) => {
        this.#settle(pending, outcomes[index] ?? null, acknowledged);
      });
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  }

  #settle(pending: Pending, outcome: Outcome, acknowledged: number): void {
    if (outcome instanceof ScriptMissing && !pending.again) this.#pending.push({ ...pending, again: true });
    else if (outcome instanceof StoreUnavailable) pending.reject(outcome);
    else pending.resolve({ reply: outcome, acknowledged });
  }

  #acknowledged(count: Outcome | undefined, { generation: now }: RedisConnection, before: number): number {
    // A first batch may itself have waited for the first connection: generation 0 becomes 1 and nothing was lost.
    return (now === before || before === 0) && typeof count === 'number' ? count : 0;
  }
}

function lookAround(lane: Lane): void {
  const now = performance.now();
  if (lane.lookedAt !== 0 && now - lane.lookedAt < lookAroundMs) return;
  const first = lane.lookedAt === 0;
  lane.lookedAt = now;
  // Once may be chance: a replica that is slow for a moment.
  if (!first) lane.connection.replace('too few replicas acknowledge; looking who is the primary now');
}

/** A server forgets its scripts by SCRIPT FLUSH only; a new one is given them when it greets. */
async function reload(connection: RedisConnection, batch: readonly Pending[]): Promise<void> {
  const sources = new Set(batch.map(({ script }) => script.source));
  await connection.batch(Array.from(sources, (source) => ['SCRIPT', 'LOAD', source]));
}
