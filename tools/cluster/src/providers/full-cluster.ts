import { existsSync, mkdirSync, rmSync, rmdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { baseObjects } from '../base-objects.ts';
import { readConfig, writeConfig, type ClusterConfig } from '../cluster-config.ts';
import { awaitComponent } from '../component.ts';
import { ComponentFailed, NotSupported, PrerequisiteMissing } from '../errors.ts';
import * as planeParts from '../full-plane.ts';
import { clusterGroup, destroyGroups, ensureGroup, requireCgroups } from '../group.ts';
import { removeMountPoints } from '../mountns.ts';
import { makeControlPlaneNetwork, makeNodeNetwork, nodeAddress, removeNamespaces } from '../netns.ts';
import { nodeName } from '../node-config.ts';
import { awaitServices, startAgents, startRuntime } from '../node.ts';
import { ensurePrograms } from '../packages.ts';
import { cacheDir, stateRoot, type ClusterPaths } from '../paths.ts';
import { ensurePki, nodeCertificate } from '../pki.ts';
import { freePorts, listens } from '../ports.ts';
import { isAlive, logTail, readRecord } from '../process.ts';
import { step } from '../report.ts';
import { exec } from '../run.ts';
import { requireSpace } from '../space.ts';
import { ensureTools, toolPath } from '../toolchain.ts';
import type { Report } from '../types.ts';
import { poll } from '../wait.ts';

/** What bringing up a full cluster needs to know. */
export type FullOptions = { paths: ClusterPaths; nodes: number | undefined; report: Report };

const programs = [
  'ip', 'nsenter', 'mount', 'openssl', 'etcd', 'containerd', 'ctr', 'runc', 'iptables', 'conntrack', '/usr/lib/cni/bridge',
] as const; // prettier-ignore
/** Measured: etcd's write-ahead log 130 MB, an unpacked set of images 0.6 GB a node. */
const neededBytes = 1e9;
const nodesTimeoutMs = 120_000;

/** Says what stands in the way before anything is made. */
async function checkMachine(report: Report): Promise<void> {
  if (process.platform !== 'linux') {
    throw new PrerequisiteMissing(
      `The embedded cluster needs Linux, and this is ${process.platform}.`,
      'Use kind with Docker (--provider kind) or a cluster you have (--provider context).',
    );
  }
  if (process.getuid?.() !== 0) {
    throw new PrerequisiteMissing(
      'The embedded cluster makes network namespaces and containers, which only root may do.',
      'Run it as root (sudo), or use --provider kind, --provider context, or --profile api.',
    );
  }
  requireCgroups();
  requireSpace(stateRoot(), { bytes: neededBytes, what: 'A cluster', name: 'TAGSERVICE_STATE' });
  await ensurePrograms(programs, report);
  await ensureTools(['helper', 'kube-apiserver', 'coredns', 'helm'], report);
}

/** Refuses what the cluster that is there cannot become. */
function checkStored(paths: ClusterPaths, stored: ClusterConfig, nodes: number | undefined): void {
  const remove = `npm run cluster -- down --name ${paths.name}`;
  if (stored.profile !== 'full') {
    throw new NotSupported(
      `The cluster "${paths.name}" was made with --profile ${stored.profile}.`,
      `Use another --name, or remove it first: ${remove}`,
    );
  }
  if (nodes !== undefined && nodes < stored.nodes) {
    throw new NotSupported(
      `The cluster "${paths.name}" has ${String(stored.nodes)} nodes and cannot shrink to ${String(nodes)}.`,
      `Remove it first: ${remove}`,
    );
  }
}

/** The configuration that this call asks for, stored before anything is made. A cluster grows by nodes but never shrinks. */
async function settle(options: FullOptions): Promise<ClusterConfig> {
  const { paths, nodes } = options;
  const stored = readConfig(paths.config);
  if (stored !== undefined) checkStored(paths, stored, nodes);
  const config: ClusterConfig = {
    profile: 'full',
    nodes: nodes ?? stored?.nodes ?? 1,
    apiPort: await settlePort(paths, stored?.apiPort),
    stopped: stored?.stopped ?? [],
    ...(stored?.prepared === true ? { prepared: true } : {}),
  };
  writeConfig(paths.config, config);
  return config;
}

/** The stored port, unless its relay is gone and somebody else has taken the port since. */
async function settlePort(paths: ClusterPaths, stored: number | undefined): Promise<number> {
  const relayRuns = isAlive(readRecord(paths.records, 'relay'));
  if (stored !== undefined && (relayRuns || !(await listens(stored)))) return stored;
  const [port = 0] = await freePorts(1);
  return port;
}

/** Brings up what does not run. */
export async function upFull(options: FullOptions): Promise<{ changed: boolean }> {
  const { paths, report } = options;
  await checkMachine(report);
  const config = await settle(options);
  mkdirSync(paths.run, { recursive: true });
  const indexes = Array.from({ length: config.nodes }, (_, index) => index);
  const active = indexes.filter((index) => !config.stopped.includes(index));
  await makeNetworks(paths, indexes);
  const outcomes: boolean[] = [];
  const runtimes = startRuntimes(paths, active, report);
  // A failure of one branch must not leave the other running unobserved.
  const [plane, runtime] = await Promise.allSettled([startPlane(paths, config, report), runtimes]);
  for (const part of [plane, runtime]) {
    if (part.status === 'rejected') throw part.reason;
    outcomes.push(part.value);
  }
  outcomes.push(await joinNodes(paths, active, report));
  return { changed: outcomes.some(Boolean) };
}

async function makeNetworks(paths: ClusterPaths, indexes: readonly number[]): Promise<void> {
  ensureGroup(clusterGroup(paths.name));
  await makeControlPlaneNetwork(paths.name);
  await Promise.all(indexes.map((index) => makeNodeNetwork(paths.name, index, indexes.length)));
}

async function startRuntimes(paths: ClusterPaths, active: readonly number[], report: Report): Promise<boolean> {
  return step(report, `container runtime on ${names(active)}`, async () => {
    const started = await Promise.all(active.map((index) => startRuntime(paths, index)));
    return started.some(Boolean);
  });
}

async function startPlane(paths: ClusterPaths, config: ClusterConfig, report: Report): Promise<boolean> {
  const server = await step(report, `etcd and API server on 127.0.0.1:${String(config.apiPort)}`, async () => {
    const plane = await planeParts.openPlane(paths);
    const certificates = [
      ...planeParts.planeCertificates,
      ...Array.from({ length: config.nodes }, (_, index) => nodeCertificate(nodeName(index), nodeAddress(index))),
    ];
    const [etcd, relay] = await Promise.all([
      planeParts.startEtcd(paths, plane),
      planeParts.startApiRelay(paths, config.apiPort),
      ensurePki(paths.pki, certificates),
    ]);
    const api = await planeParts.startApiServerIn(paths, plane, config.apiPort);
    const others = await Promise.all([planeParts.startControllers(paths, plane), planeParts.startDns(paths, plane)]);
    return [etcd, relay, api, ...others].some(Boolean);
  });
  if (config.prepared !== true) {
    await applyBase(paths);
    writeConfig(paths.config, { ...config, prepared: true });
  }
  return server;
}

async function applyBase(paths: ClusterPaths): Promise<void> {
  const apply = ['--kubeconfig', paths.kubeconfig, 'apply', '--server-side', '-f', '-'];
  await exec(toolPath('kubectl'), apply, { input: baseObjects() });
}

const names = (indexes: readonly number[]): string => indexes.map(nodeName).join(', ');

async function joinNodes(paths: ClusterPaths, active: readonly number[], report: Report): Promise<boolean> {
  return step(report, `${names(active)} Ready, DNS answering`, async ({ detail }) => {
    const started = await Promise.all(active.map((index) => startAgents(paths, index)));
    await awaitNodes(paths, active);
    started.push(...(await Promise.all(active.map((index) => awaitServices(paths, index, { note: detail })))));
    const dns = { name: 'coredns', records: paths.records, logs: paths.logs };
    await awaitComponent(dns, { timeoutMs: 30_000, everyMs: 100, what: 'asked for /ready' }, () =>
      planeParts.isDnsReady(paths),
    );
    return started.some(Boolean);
  });
}

/** One node as the API server sees it. */
export type NodeView = { name: string; ready: boolean; zone: string | undefined };

type NodeList = {
  items: {
    metadata: { name: string; labels?: Record<string, string> };
    status?: { conditions?: { type: string; status: string }[] };
  }[];
};

/** The nodes that the API server knows; undefined while it does not answer. */
export async function viewNodes(kubeconfig: string, context?: string): Promise<NodeView[] | undefined> {
  const chosen = context === undefined ? [] : [`--context=${context}`];
  const args = ['--request-timeout=5s', ...chosen, 'get', 'nodes', '-o', 'json'];
  // By environment, since a KUBECONFIG may name several files.
  const env = { ...process.env, KUBECONFIG: kubeconfig };
  const asked = await exec(toolPath('kubectl'), args, { allowFailure: true, env });
  if (asked.exitCode !== 0) return undefined;
  return (JSON.parse(asked.stdout) as NodeList).items.map(({ metadata, status }) => ({
    name: metadata.name,
    ready: status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') ?? false,
    zone: metadata.labels?.['topology.kubernetes.io/zone'],
  }));
}

/** Waits until all of these nodes are Ready; ends early when a kubelet ended. */
export async function awaitNodes(paths: ClusterPaths, indexes: readonly number[]): Promise<void> {
  const outcome = await poll({ timeoutMs: nodesTimeoutMs, everyMs: 200 }, async () => {
    const ended = indexes.find((index) => !isAlive(readRecord(paths.records, `kubelet-${String(index)}`)));
    if (ended !== undefined) return { ended };
    const ready = new Set((await viewNodes(paths.kubeconfig))?.filter((node) => node.ready).map((node) => node.name));
    return indexes.every((index) => ready.has(nodeName(index))) ? { ended: undefined } : undefined;
  });
  if (outcome !== undefined && outcome.ended === undefined) return;
  const culprit = outcome?.ended ?? indexes[0] ?? 0;
  const why =
    outcome === undefined ? `not Ready within ${String(nodesTimeoutMs / 1000)} s` : 'without its kubelet, which ended';
  throw new ComponentFailed(`${nodeName(culprit)} is ${why}.`, logTail(paths.logs, `kubelet-${String(culprit)}`));
}

/** Ends the cluster and removes everything of it, however far it had come. */
export async function downFull(paths: ClusterPaths, report: Report): Promise<void> {
  await step(report, 'end all processes', () => destroyGroups([clusterGroup(paths.name)]));
  await step(report, 'remove namespaces, mounts and files', async () => {
    await removeNamespaces(paths.name);
    rmSync(paths.run, { recursive: true, force: true });
    removeMountPoints();
    removeHome(paths);
    removeIfEmpty(dirname(paths.run));
  });
}

/** Removes a cluster's folder, and the folders above it that are ours and empty. */
export function removeHome(paths: ClusterPaths): void {
  // The configuration goes last: as long as it is there, another `down` knows that there is something to remove.
  for (const path of [paths.kubeconfig, paths.pki, paths.logs, paths.records, paths.volumes]) {
    rmSync(path, { recursive: true, force: true });
  }
  rmSync(paths.home, { recursive: true, force: true });
  removeIfEmpty(dirname(paths.home));
  removeIfEmpty(dirname(dirname(paths.home)));
}

function removeIfEmpty(dir: string): void {
  if (dir === cacheDir() || !existsSync(dir)) return;
  try {
    rmdirSync(dir);
  } catch {
    // Something else lives there.
  }
}
