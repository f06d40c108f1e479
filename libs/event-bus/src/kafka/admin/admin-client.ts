import { setTimeout as pause } from 'node:timers/promises';
import { isTransient, protocolCode, topicFailure, withinDeadline } from '../failure.ts';
import type { SecuritySource } from '../security.ts';
import { WireCluster } from '../wire/cluster.ts';
import { errorCode } from '../wire/error-codes.ts';
import { BrokerError, ConnectionFailure } from '../wire/errors.ts';

/** Longest wait for a connection, in milliseconds: brokers are near. */
const connectTimeoutMs = 1500;
/** Longest wait for the answer to one request, in milliseconds. */
const requestTimeoutMs = 4000;
/** A pooled connection may have been closed by a broker that restarted; two more tries find out. */
const connectionAttempts = 3;
const pauseMs = 50;

/** What the parts of the admin share: the cluster, and calls with a time limit whose failures are those of the port. */
export class AdminClient {
  readonly cluster: WireCluster;
  readonly timeoutMs: number;
  readonly #brokers: readonly string[];

  constructor(options: {
    readonly brokers: readonly string[];
    readonly clientId: string;
    readonly security: SecuritySource;
    readonly timeoutMs: number;
  }) {
    const { brokers, clientId, security, timeoutMs } = options;
    this.cluster = new WireCluster({ brokers, clientId, security, connectTimeoutMs, requestTimeoutMs });
    this.timeoutMs = timeoutMs;
    this.#brokers = brokers;
  }

  /**
   * Runs a call within the time limit, again while Kafka itself says that this may help. All calls may be repeated: what they ask for is a
   * state. `topic` is named in failures.
   */
  async call<T>(topic: string, work: () => Promise<T>): Promise<T> {
    try {
      return await withinDeadline(this.#repeated(work), { brokers: this.#brokers, ms: this.timeoutMs });
    } catch (error) {
      throw topicFailure(this.#brokers, topic, error);
    }
  }

  async #repeated<T>(work: () => Promise<T>): Promise<T> {
    const deadline = Date.now() + this.timeoutMs;
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await work();
      } catch (error) {
        if (Date.now() > deadline || !worthRepeating(error, attempt)) throw error;
        await pause(pauseMs);
      }
    }
  }
}

function worthRepeating(error: unknown, attempt: number): boolean {
  if (error instanceof ConnectionFailure) return attempt < connectionAttempts;
  // A topic that does not exist is something our callers ask about; it is no passing state.
  return isTransient(error) && protocolCode(error) !== 'UNKNOWN_TOPIC_OR_PARTITION';
}

/** Throws what the broker said, if it said an error. */
export function check(error: number, message?: string | null): void {
  const failure = errorCode(error);
  if (failure !== undefined) throw new BrokerError(failure, message);
}
