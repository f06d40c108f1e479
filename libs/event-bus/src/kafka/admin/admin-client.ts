import { setTimeout as pause } from 'node:timers/promises';
import { BusUnavailable } from '../../errors.ts';
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

/** What a call is told about its earlier attempts. */
export interface Attempt {
  /** One of them may have been carried out although no answer said so: what is found now may be its work. */
  readonly uncertain: boolean;
}

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

  /** Runs a call within the time limit, again while Kafka itself says that this may help. `topic` is named in failures. */
  async call<T>(topic: string, work: (attempt: Attempt) => Promise<T>): Promise<T> {
    const failures: unknown[] = [];
    try {
      const done = this.#repeated(work, (error) => (failures[0] = error));
      return await withinDeadline(done, { brokers: this.#brokers, ms: this.timeoutMs });
    } catch (error) {
      // Where the time is over, what the last attempt failed by says more than that it is.
      throw topicFailure(this.#brokers, topic, error instanceof BusUnavailable ? (failures[0] ?? error) : error);
    }
  }

  async #repeated<T>(work: (attempt: Attempt) => Promise<T>, failed: (error: unknown) => void): Promise<T> {
    const deadline = performance.now() + this.timeoutMs;
    let uncertain = false;
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await work({ uncertain });
      } catch (error) {
        if (performance.now() > deadline || !worthRepeating(error, attempt)) throw error;
        failed(error);
        uncertain ||= mayBeDone(error);
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

/** Whether the request behind an error may have been carried out all the same. */
function mayBeDone(error: unknown): boolean {
  return error instanceof ConnectionFailure || protocolCode(error) === 'REQUEST_TIMED_OUT';
}

/** Throws what the broker said, if it said an error. */
export function check(error: number, message?: string | null): void {
  const failure = errorCode(error);
  if (failure !== undefined) throw new BrokerError(failure, message);
}
