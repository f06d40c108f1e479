import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as after } from 'node:timers/promises';
import { environmentNames } from '@tagservice/contracts';
import { freePorts, startKafka, startRedis } from '@tagservice/testbed';
import { bundle, executables, workspaceRoot } from '@tagservice/workspace';
import { createTopics } from '../topics.ts';

/** A process of the service, or one that it stands on. */
export interface Killable {
  readonly name: string;
  /** SIGKILL, and a new one in its place with the same addresses and files. */
  killAndReplace(): Promise<void>;
}

/** Everything that a TagService runs on, as processes of this machine. */
export interface ServiceProcesses {
  readonly killables: readonly Killable[];
  /** Base addresses of the instances of the API. */
  readonly apis: readonly string[];
  readonly redisUrl: string;
  /** How often a process ended that nobody had killed; it was replaced as well. */
  readonly ownEnds: () => number;
  stop(): Promise<void>;
}

const COPIES = 2;
/** A container that ends is started again by then. */
const RESTART_MS = 500;

const settings = {
  LOG_LEVEL: 'fatal',
  [environmentNames.serviceName]: 'kills',
  [environmentNames.metricsPort]: '0',
  [environmentNames.authMode]: 'Anonymous',
  [environmentNames.requestsPerMinute]: '10000000',
  [environmentNames.burst]: '1000000',
  [environmentNames.fetchAllowedNetworks]: '127.0.0.0/8',
  // All pages are one host's, which this test need not be polite to.
  [environmentNames.fetchRobots]: 'Ignore',
  [environmentNames.fetchPerHostConcurrency]: '1000',
  [environmentNames.fetchPerHostIntervalMs]: '0',
  // Attempts that were cut off by a kill count: a page shall not be given up for them.
  [environmentNames.attempts]: '20',
  [environmentNames.concurrency]: '16',
  // A look through everything that a worker has just ended must not hold up the one that this test takes.
  [environmentNames.indexRepairPeriodMs]: '1000',
};

/** Starts two instances of the API, two of compute, Kafka and Redis, which both keep on disk what they have acknowledged. */
export async function startProcesses(further: Readonly<Record<string, string>> = {}): Promise<ServiceProcesses> {
  for (const name of ['api', 'compute']) await bundle(executables.find((one) => one.name === name)!);
  const [kafka, redis] = await Promise.all([startKafka(), startRedis({ appendonly: true })]);
  const shared = {
    ...settings,
    ...further,
    [environmentNames.kafkaBrokers]: kafka.address,
    [environmentNames.kafkaTopicPrefix]: await createTopics(kafka.address),
    [environmentNames.redisUrl]: redis.url,
  };
  const ports = await freePorts(COPIES);
  const apis = ports.map(
    (port, copy) => new Instance(`api-${String(copy)}`, { ...shared, [environmentNames.httpPort]: String(port) }),
  );
  const workers = Array.from({ length: COPIES }, (_, copy) => new Instance(`compute-${String(copy)}`, shared));
  const instances = [...apis, ...workers];
  const servers = Object.entries({ kafka, redis }).map(([name, server]) => ({
    name,
    killAndReplace: async () => {
      await server.kill();
      await server.restart();
    },
  }));
  const each: readonly Killable[] = [...instances, ...servers];
  const all = {
    name: 'all at once',
    killAndReplace: async () => void (await Promise.all(each.map((one) => one.killAndReplace()))),
  };
  return {
    killables: [...each, all],
    apis: ports.map((port) => `http://127.0.0.1:${String(port)}`),
    redisUrl: redis.url,
    ownEnds: () => instances.reduce((sum, { ownEnds }) => sum + ownEnds, 0),
    stop: async () => {
      await Promise.all(instances.map((instance) => instance.stop()));
      await Promise.all([kafka.stop(), redis.stop()]);
    },
  };
}

/** A container of the service, with what keeps it running. */
class Instance implements Killable {
  ownEnds = 0;
  readonly name: string;
  readonly #environment: NodeJS.ProcessEnv;
  #process: ChildProcess;
  #stopped = false;

  constructor(name: string, environment: NodeJS.ProcessEnv) {
    this.name = name;
    this.#environment = { PATH: process.env['PATH'], POD_NAME: name, ...environment };
    this.#process = this.#start();
  }

  async killAndReplace(): Promise<void> {
    await this.#kill();
    this.#process = this.#start();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#kill();
  }

  #start(): ChildProcess {
    const script = join(workspaceRoot, 'apps', this.name.replace(/-\d$/, ''), 'dist/main.js');
    const started = spawn(process.execPath, [script], {
      env: this.#environment,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    started.once('exit', () => void this.#replace(started));
    return started;
  }

  async #replace(ended: ChildProcess): Promise<void> {
    if (ended.signalCode === 'SIGKILL') return;
    this.ownEnds += 1;
    await after(RESTART_MS);
    if (!this.#stopped && this.#process === ended) this.#process = this.#start();
  }

  async #kill(): Promise<void> {
    const victim = this.#process;
    if (victim.exitCode !== null || victim.signalCode !== null) return;
    const ended = once(victim, 'exit');
    victim.kill('SIGKILL');
    await ended;
  }
}
