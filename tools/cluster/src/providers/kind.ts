import { existsSync } from 'node:fs';
import { PrerequisiteMissing, UsageError } from '../errors.ts';
import { canonicalImage } from '../images.ts';
import { findProgram } from '../packages.ts';
import { clusterPaths, kindConfigFile, type ClusterPaths } from '../paths.ts';
import { step } from '../report.ts';
import { exec, outputOf, succeeds } from '../run.ts';
import type { Cluster, ClusterStatus, Report } from '../types.ts';
import { removeHome } from './full-cluster.ts';
import { RemoteCluster } from './remote.ts';

const readyWithin = '180s';

/** A cluster that kind makes in Docker from kind-config.yaml; its nodes are containers. */
export class KindCluster extends RemoteCluster implements Cluster {
  readonly provider = 'kind';
  readonly #paths: ClusterPaths;
  readonly #report: Report;

  constructor(options: { name: string; report: Report }) {
    const paths = clusterPaths(`kind-${options.name}`.slice(0, 20).replace(/-+$/, ''));
    super({ ...options, kubeconfig: paths.kubeconfig });
    this.#paths = paths;
    this.#report = options.report;
  }

  up(): Promise<{ changed: boolean; seconds: number }> {
    return this.#timed(async () => {
      await this.#requireDocker();
      const kubeconfig = ['--kubeconfig', this.kubeconfig];
      if (await this.#exists()) {
        // The file may be lost, or the cluster may have been made by hand.
        await this.#kind('export', 'kubeconfig', '--name', this.name, ...kubeconfig);
        return false;
      }
      await step(this.#report, `kind create cluster --name ${this.name}`, async () => {
        const made = ['create', 'cluster', '--name', this.name, '--config', kindConfigFile, '--wait', readyWithin];
        await this.#kind(...made, ...kubeconfig);
      });
      return true;
    });
  }

  down(): Promise<{ changed: boolean; seconds: number }> {
    return this.#timed(async () => {
      await this.#requireDocker();
      if (!(await this.#exists())) return false;
      await step(this.#report, `kind delete cluster --name ${this.name}`, async () => {
        await this.#kind('delete', 'cluster', '--name', this.name, '--kubeconfig', this.kubeconfig);
        removeHome(this.#paths);
      });
      return true;
    });
  }

  async status(): Promise<ClusterStatus> {
    const none = { name: this.name, provider: 'kind', profile: 'full', components: [], nodes: [] } as const;
    if (!existsSync(this.kubeconfig)) return { ...none, state: 'down', components: [], nodes: [] };
    return this.statusAs('kind');
  }

  async stopNode(node: string): Promise<void> {
    await this.#docker('kill', await this.#container(node));
  }

  async startNode(node: string): Promise<void> {
    await this.#docker('start', await this.#container(node));
  }

  async cutNode(node: string): Promise<void> {
    await this.#docker('network', 'disconnect', 'kind', await this.#container(node));
  }

  async healNode(node: string): Promise<void> {
    await this.#docker('network', 'connect', 'kind', await this.#container(node));
  }

  async load(archives: readonly string[]): Promise<void> {
    for (const archive of archives) {
      await step(this.#report, `load ${archive}`, () =>
        this.#kind('load', 'image-archive', archive, '--name', this.name),
      );
    }
  }

  async hasImage(reference: string): Promise<boolean> {
    const wanted = canonicalImage(reference);
    for (const node of await this.#nodeNames()) {
      const listed = await outputOf('docker', ['exec', node, 'ctr', '-n', 'k8s.io', 'images', 'ls', '-q']);
      if (!listed.split('\n').includes(wanted)) return false;
    }
    return true;
  }

  async #timed(work: () => Promise<boolean>): Promise<{ changed: boolean; seconds: number }> {
    const began = performance.now();
    const changed = await work();
    return { changed, seconds: (performance.now() - began) / 1000 };
  }

  async #requireDocker(): Promise<void> {
    if (findProgram('kind') === undefined) {
      throw new PrerequisiteMissing(
        'The program "kind" is not there.',
        'Install it from https://kind.sigs.k8s.io, or use --provider embedded.',
      );
    }
    if (!(await succeeds('docker', ['info']))) {
      throw new PrerequisiteMissing(
        'Docker does not answer, and kind makes its nodes with it.',
        'Start Docker (check with "docker info"), or use --provider embedded.',
      );
    }
  }

  async #exists(): Promise<boolean> {
    return (await outputOf('kind', ['get', 'clusters'])).split('\n').includes(this.name);
  }

  async #nodeNames(): Promise<string[]> {
    return (await outputOf('kind', ['get', 'nodes', '--name', this.name])).split('\n').filter(Boolean);
  }

  async #container(node: string): Promise<string> {
    const names = await this.#nodeNames();
    if (names.includes(node)) return node;
    throw new UsageError(`The cluster "${this.name}" has no node "${node}".`, `It has: ${names.sort().join(', ')}.`);
  }

  async #kind(...args: string[]): Promise<void> {
    await exec('kind', args);
  }

  async #docker(...args: string[]): Promise<void> {
    await exec('docker', args);
  }
}
