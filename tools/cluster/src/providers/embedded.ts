import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { apiPlaneDaemons } from '../api-plane.ts';
import { commandsFor, notRunning, unsupported, type Commands } from '../cluster-base.ts';
import { readConfig, writeConfig, type ClusterConfig } from '../cluster-config.ts';
import { UsageError } from '../errors.ts';
import { canonicalImage, importArchive, listImages } from '../images.ts';
import { withLock } from '../lock.ts';
import { isNodeCut, listNamespaces, namespaceName, namespacesOf, setNodeLink } from '../netns.ts';
import { nodeName, nodePaths, zoneOf } from '../node-config.ts';
import { awaitServices, cutPower, nodeAnchor, nodeDaemons, startAgents, startRuntime } from '../node.ts';
import { cacheDir, clusterPaths, type ClusterPaths } from '../paths.ts';
import { isAlive, readRecord } from '../process.ts';
import { forwardInto } from '../relay.ts';
import { step } from '../report.ts';
import type {
  Cluster,
  ClusterStatus,
  ComponentStatus,
  Forward,
  ForwardTarget,
  LogSource,
  Profile,
  Report,
  RunOptions,
  RunResult,
} from '../types.ts';
import { downApi, upApi } from './api-cluster.ts';
import { awaitNodes, downFull, upFull, viewNodes } from './full-cluster.ts';

/** What opens an embedded cluster. */
export type EmbeddedOptions = {
  name: string;
  profile: Profile;
  nodes: number | undefined;
  controllerManager: boolean;
  report: Report;
};

const fullDaemons = [
  'anchor-cp',
  'relay',
  'etcd',
  'kube-apiserver',
  'kube-controller-manager',
  'kube-scheduler',
  'coredns',
];

/** A Kubernetes made from nothing on this machine: real processes, in network namespaces of their own in the `full` profile. */
export class EmbeddedCluster implements Cluster {
  readonly name: string;
  readonly provider = 'embedded';
  readonly profile: Profile;
  readonly kubeconfig: string;
  readonly env: NodeJS.ProcessEnv;
  readonly #options: EmbeddedOptions;
  readonly #paths: ClusterPaths;
  readonly #commands: Commands;

  constructor(options: EmbeddedOptions) {
    this.#options = options;
    this.#paths = clusterPaths(options.name);
    this.name = options.name;
    // What was made decides, so that `down` and `status` need not be told again.
    this.profile = readConfig(this.#paths.config)?.profile ?? options.profile;
    this.kubeconfig = this.#paths.kubeconfig;
    this.#commands = commandsFor(this.kubeconfig, options.report);
    this.env = this.#commands.env;
  }

  async up(): Promise<{ changed: boolean; seconds: number }> {
    return this.#timed(async () => {
      const fresh = !this.#hasTraces();
      try {
        return await this.#start();
      } catch (error) {
        // What was there before stays, to be mended and tried again; a failed first attempt leaves the machine as it was.
        const keep = process.env['TAGSERVICE_KEEP_FAILED'] !== undefined;
        if (fresh && !keep && this.#hasTraces()) await this.#end();
        throw error;
      }
    });
  }

  async down(): Promise<{ changed: boolean; seconds: number }> {
    return this.#timed(async () => {
      if (!this.#hasTraces()) return { changed: false };
      await this.#end();
      return { changed: true };
    });
  }

  async status(): Promise<ClusterStatus> {
    const config = readConfig(this.#paths.config);
    const components = config === undefined ? [] : this.#components(config);
    const wanted = components.filter((part) => part.detail !== 'stopped');
    const running = wanted.filter((part) => part.running).length;
    const state = running === 0 ? 'down' : running === wanted.length ? 'up' : 'degraded';
    const nodes = config === undefined || running === 0 ? [] : await this.#nodes(config);
    return { name: this.name, provider: 'embedded', profile: this.profile, state, components, nodes };
  }

  stopNode(node: string): Promise<void> {
    return this.#alone(async () => {
      const { index, config } = this.#find(node);
      if (config.stopped.includes(index)) return;
      await step(this.#options.report, `stop ${node}`, async () => {
        // Stored first: an `up` in between must not start what is being stopped.
        writeConfig(this.#paths.config, { ...config, stopped: [...config.stopped, index].sort() });
        await setNodeLink(this.name, index, false);
        await cutPower(this.#paths, index);
      });
    });
  }

  startNode(node: string): Promise<void> {
    return this.#alone(async () => {
      const { index, config } = this.#find(node);
      await step(this.#options.report, `start ${node}`, async ({ detail }) => {
        writeConfig(this.#paths.config, { ...config, stopped: config.stopped.filter((other) => other !== index) });
        await setNodeLink(this.name, index, true);
        await startRuntime(this.#paths, index);
        await startAgents(this.#paths, index);
        await awaitNodes(this.#paths, [index]);
        await awaitServices(this.#paths, index, { note: detail });
      });
    });
  }

  cutNode(node: string): Promise<void> {
    return this.#alone(() => setNodeLink(this.name, this.#find(node).index, false));
  }

  healNode(node: string): Promise<void> {
    return this.#alone(async () => {
      const { index, config } = this.#find(node);
      if (config.stopped.includes(index)) throw new UsageError(`${node} is stopped.`, `Start it: start-node ${node}`);
      await setNodeLink(this.name, index, true);
    });
  }

  async load(archives: readonly string[]): Promise<void> {
    const config = this.#full('Loading images');
    const nodes = this.#activeNodes(config);
    for (const archive of archives) {
      await step(this.#options.report, `load ${archive}`, async () => {
        await Promise.all(nodes.map((index) => importArchive(nodePaths(this.#paths, index).socket, archive)));
      });
    }
  }

  async hasImage(reference: string): Promise<boolean> {
    const nodes = this.#activeNodes(this.#full('Looking for images'));
    const lists = await Promise.all(nodes.map((index) => listImages(nodePaths(this.#paths, index).socket)));
    return lists.every((images) => images.includes(canonicalImage(reference)));
  }

  async kubectl(args: readonly string[], options?: RunOptions): Promise<RunResult> {
    this.#requireMade();
    return this.#commands.kubectl(args, options);
  }

  async helm(args: readonly string[], options?: RunOptions): Promise<RunResult> {
    this.#requireMade();
    return this.#commands.helm(args, options);
  }

  async forward(target: ForwardTarget): Promise<Forward> {
    const nodes = this.#activeNodes(this.#full('A forward to a Service'));
    const path = '{.spec.clusterIP}';
    const asked = ['-n', target.namespace, 'get', 'service', target.service, '-o', `jsonpath=${path}`];
    const { stdout } = await this.kubectl(asked);
    const namespace = namespaceName(this.name, nodes[0] ?? 0);
    return forwardInto({ namespace, target: `${stdout}:${String(target.port)}` });
  }

  logs(): Promise<LogSource[]> {
    const { logs } = this.#paths;
    const files = existsSync(logs) ? readdirSync(logs).sort() : [];
    return Promise.resolve(files.map((file) => ({ name: file.replace(/\.log$/, ''), path: join(logs, file) })));
  }

  #start(): Promise<{ changed: boolean }> {
    const { nodes, controllerManager, profile, report } = this.#options;
    return profile === 'api'
      ? upApi({ paths: this.#paths, controllerManager, report })
      : upFull({ paths: this.#paths, nodes, report });
  }

  async #end(): Promise<void> {
    // What is stored decides: `down --profile full` of an API server alone must not need root.
    const profile = readConfig(this.#paths.config)?.profile ?? this.profile;
    await (profile === 'api' ? downApi : downFull)(this.#paths, this.#options.report);
  }

  /** One change of a cluster at a time. */
  async #timed(work: () => Promise<{ changed: boolean }>): Promise<{ changed: boolean; seconds: number }> {
    const began = performance.now();
    const { changed } = await this.#alone(work);
    return { changed, seconds: (performance.now() - began) / 1000 };
  }

  #alone<T>(work: () => Promise<T>): Promise<T> {
    // In the cache: `down` removes the cluster's own folder.
    const lock = join(cacheDir(), 'locks', this.name);
    return withLock(lock, { waitMs: 600_000, what: `another change of the cluster "${this.name}"` }, work);
  }

  #hasTraces(): boolean {
    return (
      existsSync(this.#paths.home) ||
      existsSync(this.#paths.run) ||
      namespacesOf(this.name, listNamespaces()).length > 0
    );
  }

  #components(config: ClusterConfig): ComponentStatus[] {
    const one = (name: string, node?: number): ComponentStatus => {
      const record = readRecord(this.#paths.records, name);
      const running = isAlive(record);
      const stopped = node !== undefined && config.stopped.includes(node);
      return {
        name,
        running,
        ...(running ? { pid: record.pid } : {}),
        ...(node === undefined ? {} : { node: nodeName(node) }),
        ...(stopped ? { detail: 'stopped' } : {}),
      };
    };
    if (config.profile === 'api') {
      const wanted = apiPlaneDaemons.filter((name) => config.controllerManager === true || !name.includes('manager'));
      return wanted.map((name) => one(name));
    }
    const nodes = Array.from({ length: config.nodes }, (_, index) => index);
    const perNode = nodes.flatMap((index) => nodeDaemons(index).map((name) => one(name, index)));
    const anchors = nodes.map((index) => one(nodeAnchor(this.#paths, index).daemon.name, index));
    return [...fullDaemons.map((name) => one(name)), ...perNode, ...anchors];
  }

  async #nodes(config: ClusterConfig): Promise<ClusterStatus['nodes']> {
    if (config.profile === 'api') return [];
    const seen = (await viewNodes(this.kubeconfig)) ?? [];
    const indexes = Array.from({ length: config.nodes }, (_, index) => index);
    return Promise.all(
      indexes.map(async (index) => ({
        name: nodeName(index),
        zone: zoneOf(index),
        ready: seen.find((node) => node.name === nodeName(index))?.ready ?? false,
        stopped: config.stopped.includes(index),
        cut: !config.stopped.includes(index) && (await isNodeCut(this.name, index)),
      })),
    );
  }

  #requireMade(): ClusterConfig {
    const config = readConfig(this.#paths.config);
    if (config === undefined || !existsSync(this.kubeconfig)) throw notRunning(this.name);
    return config;
  }

  #full(what: string): ClusterConfig {
    const config = this.#requireMade();
    if (config.profile === 'full') return config;
    throw unsupported(what, 'in the profile "api", which has no nodes', 'Use --profile full.');
  }

  #activeNodes(config: ClusterConfig): number[] {
    const all = Array.from({ length: config.nodes }, (_, index) => index);
    return all.filter((index) => !config.stopped.includes(index));
  }

  #find(node: string): { index: number; config: ClusterConfig } {
    const config = this.#full('Stopping or cutting a node');
    const index = Array.from({ length: config.nodes }, (_, i) => nodeName(i)).indexOf(node);
    if (index !== -1) return { index, config };
    const known = Array.from({ length: config.nodes }, (_, i) => nodeName(i)).join(', ');
    throw new UsageError(`The cluster "${this.name}" has no node "${node}".`, `It has: ${known}.`);
  }
}
