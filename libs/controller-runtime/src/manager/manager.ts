import { Registry } from 'prom-client';
import { systemClock, type Clock } from '../clock/clock.ts';
import { ConfigurationError } from '../client/errors.ts';
import { ControllerRunner } from '../controller/runner.ts';
import { LeaderElector } from '../leader/leader-elector.ts';
import { silentLogger, type Logger } from '../logger.ts';
import { gauge } from '../metrics/get-or-create.ts';
import type { Manager, ManagerHealth, ManagerOptions } from './types.ts';

/** Makes a manager; nothing runs before `start`. */
export function createManager(options: ManagerOptions): Manager {
  return new ControllerManager(options);
}

class ControllerManager implements Manager {
  readonly #options: ManagerOptions;
  readonly #log: Logger;
  readonly #clock: Clock;
  readonly #registry: Registry;
  readonly #runners = new Map<string, ControllerRunner>();
  readonly #elector: LeaderElector | undefined;
  readonly #electing = new AbortController();
  readonly #leading = Promise.withResolvers<undefined>();
  #election: Promise<void> | undefined;
  #stopping: Promise<void> | undefined;
  #unlisten: () => void = () => undefined;
  #synced = false;
  #isLeading = false;

  constructor(options: ManagerOptions) {
    this.#options = options;
    this.#log = options.log ?? silentLogger;
    this.#clock = options.clock ?? systemClock;
    this.#registry = options.registry ?? new Registry();
    for (const definition of options.controllers) this.#add(definition);
    this.#elector = this.#makeElector();
  }

  async start(signal?: AbortSignal): Promise<void> {
    this.#leadership(false);
    // What can never work ends the start; a server that is away does not.
    await this.#options.client.target();
    this.#unlisten = this.#options.client.listen({
      recovered: () => {
        for (const runner of this.#runners.values()) runner.retryNow();
      },
    });
    if (this.#elector !== undefined) {
      const elector = this.#elector;
      this.#options.client.fence(() => elector.holds());
      this.#election = elector.run(this.#electing.signal);
    }
    await this.#options.cache.start(signal);
    this.#synced = true;
    if (this.#elector === undefined) this.#onLeading();
    else this.#startWorkers();
  }

  async stop(): Promise<void> {
    this.#stopping ??= this.#shutDown();
    await this.#stopping;
  }

  async whenLeading(): Promise<void> {
    await this.#leading.promise;
  }

  isLeader(): boolean {
    return this.#isLeading && this.#elector?.lost !== true;
  }

  health(): ManagerHealth {
    return {
      synced: this.#options.cache.hasSynced(),
      leader: this.isLeader(),
      lost: this.#elector?.lost === true,
      waitingFor: this.#options.cache.waitingFor(),
      problems: this.#options.cache.problems(),
    };
  }

  enqueue(controller: string, key: { namespace: string; name: string }, options: { told?: boolean } = {}): void {
    const runner = this.#runners.get(controller);
    if (runner === undefined) throw new ConfigurationError(`There is no controller ${controller}.`);
    runner.enqueue(key, options);
  }

  #add(definition: ManagerOptions['controllers'][number]): void {
    if (this.#runners.has(definition.name))
      throw new ConfigurationError(`There are two controllers called ${definition.name}.`);
    const { cache } = this.#options;
    const runner = new ControllerRunner({
      definition,
      cache,
      registry: this.#registry,
      clock: this.#clock,
      log: this.#log,
    });
    this.#runners.set(definition.name, runner);
  }

  #makeElector(): LeaderElector | undefined {
    const { client, leaderElection } = this.#options;
    if (leaderElection === undefined) return undefined;
    return new LeaderElector({
      client,
      election: leaderElection,
      clock: this.#clock,
      log: this.#log,
      onLeading: () => {
        this.#onLeading();
      },
      onLost: (reason) => {
        this.#onLost(reason);
      },
    });
  }

  #onLeading(): void {
    this.#isLeading = true;
    this.#leadership(true);
    this.#leading.resolve(undefined);
    this.#startWorkers();
  }

  /** Both are needed: the lease, and caches that have seen everything. Whichever comes last starts the workers. */
  #startWorkers(): void {
    if (!this.#isLeading || !this.#synced || this.#stopping !== undefined) return;
    for (const runner of this.#runners.values()) runner.start();
  }

  #onLost(reason: string): void {
    this.#isLeading = false;
    this.#leadership(false);
    for (const runner of this.#runners.values()) runner.abort(`leadership lost: ${reason}`);
    this.#options.onLost?.(reason);
  }

  #leadership(leads: boolean): void {
    const name = this.#options.leaderElection?.name;
    if (name === undefined) return;
    const help = 'Whether this process leads (1) or stands by (0).';
    gauge(this.#registry, { name: 'leader_election_master_status', help, labelNames: ['name'] }).set(
      { name },
      leads ? 1 : 0,
    );
  }

  async #shutDown(): Promise<void> {
    this.#unlisten();
    const graceMs = this.#options.stopGraceMs ?? 30_000;
    // The lease goes on being renewed while reconciles finish: nobody else may begin before they have ended.
    await Promise.all([...this.#runners.values()].map(async (runner) => runner.stop(graceMs)));
    this.#electing.abort();
    await this.#election;
    await this.#elector?.release();
    this.#isLeading = false;
    this.#leadership(false);
    await this.#options.cache.stop();
  }
}
