import type { SecuritySource } from '../security.ts';
import { openConnection, type Connection } from './connection.ts';
import { errorCode } from './error-codes.ts';
import { AccessFailure, BrokerError, ConnectionFailure } from './errors.ts';
import { findCoordinator, metadata, type RequestType } from './requests.ts';
import { addressOf, endpointOf, type Endpoint } from './socket.ts';
import type { ValueOf } from './types.ts';

/** Options of {@link WireCluster}. */
export interface WireClusterOptions {
  /** `host:port` of some brokers; the others are learned from them. */
  readonly brokers: readonly string[];
  readonly clientId: string;
  readonly security: SecuritySource;
  readonly connectTimeoutMs: number;
  readonly requestTimeoutMs: number;
}

export type Metadata = ValueOf<(typeof metadata)['answer']>;

/** Talks to the brokers of one cluster, over at most one connection to each. Connects when first asked. */
export class WireCluster {
  readonly #options: WireClusterOptions;
  readonly #connections = new Map<string, Promise<Connection>>();
  readonly #nodes = new Map<number, Endpoint>();
  #lastGood: string | undefined;
  #controller: number | undefined;
  #closed = false;

  constructor(options: WireClusterOptions) {
    this.#options = options;
  }

  /** What the cluster says of itself and of these topics; null: of all topics, empty: of none. */
  async metadata(topics: readonly string[] | null): Promise<Metadata> {
    const answer = await this.any(metadata, {
      topics: topics?.map((name) => ({ id: '', name })) ?? null,
      createMissing: false,
      clusterOperations: false,
      topicOperations: false,
    });
    this.#nodes.clear();
    for (const { id, host, port } of answer.brokers) this.#nodes.set(id, { host, port });
    this.#controller = answer.controller;
    return answer;
  }

  /** Asks any broker that can be reached. */
  async any<Q, A>(type: RequestType<Q, A>, question: Q): Promise<A> {
    const failures: Error[] = [];
    for (const address of this.#addresses()) {
      try {
        const answer = await (await this.#connection(address)).send(type, question);
        this.#lastGood = address;
        return answer;
      } catch (error) {
        failures.push(error as Error);
      }
    }
    // Which brokers refuse us says more than which are away.
    throw (
      failures.find((failure) => failure instanceof AccessFailure) ?? failures[0] ?? new ConnectionFailure('no address')
    );
  }

  /** Asks one broker. */
  async node<Q, A>(id: number, type: RequestType<Q, A>, question: Q): Promise<A> {
    const endpoint = this.#nodes.get(id);
    if (endpoint === undefined) throw new ConnectionFailure(`broker ${String(id)} is not among the running ones`);
    return await (await this.#connection(addressOf(endpoint))).send(type, question);
  }

  /** Asks the broker that decides about topics. */
  async controller<Q, A>(type: RequestType<Q, A>, question: Q): Promise<A> {
    if (this.#controller === undefined || !this.#nodes.has(this.#controller)) await this.metadata([]);
    const id = this.#controller ?? -1;
    // It may have moved by the next time.
    this.#controller = undefined;
    return this.#nodes.has(id) ? await this.node(id, type, question) : await this.any(type, question);
  }

  /** The broker that looks after a consumer group. @throws BrokerError while there is none */
  async coordinatorOf(group: string): Promise<number> {
    const { error, message, id, host, port } = await this.any(findCoordinator, { key: group, kind: 0 });
    const failure = errorCode(error);
    if (failure !== undefined) throw new BrokerError(failure, message);
    this.#nodes.set(id, { host, port });
    return id;
  }

  close(): void {
    this.#closed = true;
    for (const connection of this.#connections.values()) {
      connection.then(
        (open) => {
          open.close();
        },
        () => undefined,
      );
    }
    this.#connections.clear();
  }

  /** Addresses in the order in which they are worth trying. */
  #addresses(): string[] {
    const known = Array.from(this.#nodes.values(), addressOf);
    const last = this.#lastGood === undefined ? [] : [this.#lastGood];
    const declared = this.#options.brokers.map((address) => addressOf(endpointOf(address)));
    return [...new Set([...last, ...declared, ...known])];
  }

  async #connection(address: string): Promise<Connection> {
    if (this.#closed) throw new ConnectionFailure('the client is closed');
    const known = this.#connections.get(address);
    if (known !== undefined) {
      const connection = await known;
      if (connection.usable) return connection;
      if (this.#connections.get(address) === known) this.#connections.delete(address);
      connection.retire();
      return await this.#connection(address);
    }
    const opening = openConnection({ ...this.#options, endpoint: endpointOf(address) });
    this.#connections.set(address, opening);
    try {
      return await opening;
    } catch (error) {
      if (this.#connections.get(address) === opening) this.#connections.delete(address);
      throw error;
    }
  }
}
