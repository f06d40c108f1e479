import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { awaitComponent } from './component.ts';
import { ComponentFailed } from './errors.ts';
import { writeUserKubeconfig } from './full-plane.ts';
import { destroyGroups, ensureGroup, podsGroup, systemGroup } from './group.ts';
import { ensurePauseArchive, importArchive, listImages, pauseImage } from './images.ts';
import { fixedPaths, insideAnchor, startAnchor, type Anchor } from './mountns.ts';
import { namespaceName, network, nodeAddress } from './netns.ts';
import { nodeName, nodePaths, renderCni, renderContainerd, renderKubelet, zoneOf } from './node-config.ts';
import { findProgram } from './packages.ts';
import type { ClusterPaths } from './paths.ts';
import { ensurePki, nodeCertificate } from './pki.ts';
import { isAlive, readRecord, startDaemon, stopRecorded } from './process.ts';
import { succeeds } from './run.ts';
import { toolPath } from './toolchain.ts';

/** Names of the daemons of node i. */
export function nodeDaemons(index: number): string[] {
  return ['containerd', 'kubelet', 'kube-proxy'].map((name) => `${name}-${String(index)}`);
}

const anchorName = (index: number): string => `anchor-${String(index)}`;

/** The process that holds the namespaces of node i. */
export function nodeAnchor(paths: ClusterPaths, index: number): Anchor {
  const { home, run } = nodePaths(paths, index);
  return {
    daemon: { name: anchorName(index), command: [], records: paths.records, logs: paths.logs },
    namespace: namespaceName(paths.name, index),
    mounts: [
      // All nodes see the same volumes, as if they lay on a network disk: a pod may move with its claim.
      { from: paths.volumes, at: fixedPaths.hostPathVolumes },
      { from: join(run, 'shims'), at: fixedPaths.shimSockets },
      { from: join(run, 'cni'), at: fixedPaths.cniResults },
      { from: join(home, 'device-plugins'), at: fixedPaths.devicePlugins },
      { from: join(home, 'container-logs'), at: fixedPaths.containerLogs },
    ],
  };
}

/** Daemons of a node, each entering the node's namespaces and group. */
type NodeStarter = (name: string, command: readonly string[]) => Promise<boolean>;

async function openNode(paths: ClusterPaths, index: number): Promise<NodeStarter> {
  // Without its anchor the node's mounts cannot be entered any more: what is left of it ends, and it starts as after a power cut.
  if (!isAlive(readRecord(paths.records, anchorName(index)))) await cutPower(paths, index);
  const cgroupProcs = ensureGroup(systemGroup(paths.name, index));
  ensureGroup(podsGroup(paths.name, index));
  const anchor = nodeAnchor(paths, index);
  await startAnchor({ ...anchor, daemon: { ...anchor.daemon, cgroupProcs } });
  return async (name, command) => {
    const daemon = { name, records: paths.records, logs: paths.logs, cgroupProcs };
    return (await startDaemon({ ...daemon, command: insideAnchor(anchor, command) })).started;
  };
}

/** Starts the node's container runtime and gives it the pause image. Needs no API server. */
export async function startRuntime(paths: ClusterPaths, index: number): Promise<boolean> {
  const start = await openNode(paths, index);
  const node = nodePaths(paths, index);
  mkdirSync(join(node.home, 'cni'), { recursive: true });
  writeFileSync(join(node.home, 'cni', '10-pods.conflist'), renderCni(node, index));
  const config = join(node.home, 'containerd.toml');
  writeFileSync(config, renderContainerd(node, pauseImage()));
  const name = `containerd-${String(index)}`;
  const started = await start(name, [findProgram('containerd') ?? 'containerd', '-c', config]);
  const daemon = { name, records: paths.records, logs: paths.logs };
  await awaitComponent(daemon, { timeoutMs: 30_000, what: 'its socket' }, () =>
    succeeds('ctr', ['-a', node.socket, '-n', 'k8s.io', 'version']),
  );
  if (!(await listImages(node.socket)).includes(pauseImage())) await importArchive(node.socket, ensurePauseArchive());
  return started;
}

/** Starts kubelet and kube-proxy. The API server must answer. */
export async function startAgents(paths: ClusterPaths, index: number): Promise<boolean> {
  const start = await openNode(paths, index);
  const name = nodeName(index);
  const node = nodePaths(paths, index);
  await ensurePki(paths.pki, [nodeCertificate(name, nodeAddress(index))]);
  const kubeconfig = writeUserKubeconfig(paths, name, `https://${network.controlPlane}:6443`);
  const resolvConf = join(node.home, 'resolv.conf');
  writeFileSync(resolvConf, `nameserver ${network.controlPlane}\n`);
  const config = join(node.home, 'kubelet.yaml');
  const cgroup = podsGroup(paths.name, index);
  writeFileSync(config, renderKubelet({ paths: node, pki: paths.pki, name, cgroup, resolvConf }));
  const labels = `topology.kubernetes.io/region=local,topology.kubernetes.io/zone=${zoneOf(index)}`;
  const kubelet = start(`kubelet-${String(index)}`, [
    toolPath('kubelet'),
    `--config=${config}`,
    `--kubeconfig=${kubeconfig}`,
    `--hostname-override=${name}`,
    `--node-ip=${nodeAddress(index)}`,
    `--node-labels=${labels}`,
    `--root-dir=${join(node.home, 'kubelet')}`,
    `--cert-dir=${join(node.home, 'kubelet', 'pki')}`,
  ]);
  const proxy = start(`kube-proxy-${String(index)}`, [toolPath('kube-proxy'), ...proxyArgs(paths, name)]);
  return (await Promise.all([kubelet, proxy])).some(Boolean);
}

/**
 * Waits until the Service of the API server can be reached from node i: kube-proxy calls itself healthy before it has written a rule, and
 * without rules nothing in a pod finds the API server, which nothing on the node tells. A kube-proxy that ended or does not get so far is
 * started once more, as kubelet would do; `note` is told why. True when that was needed.
 */
export async function awaitServices(
  paths: ClusterPaths,
  index: number,
  { note, timeoutMs = 20_000 }: { note: (text: string) => void; timeoutMs?: number },
): Promise<boolean> {
  const name = `kube-proxy-${String(index)}`;
  const daemon = { name, records: paths.records, logs: paths.logs };
  const service = `${network.apiService}:443`;
  const [program = '', ...args] = insideAnchor(nodeAnchor(paths, index), [toolPath('helper'), 'probe', service]);
  const reached = (): Promise<void> =>
    awaitComponent(daemon, { timeoutMs, everyMs: 50, what: `a way to ${service}` }, () => succeeds(program, args));
  try {
    await reached();
    return false;
  } catch (error) {
    if (!(error instanceof ComponentFailed)) throw error;
    note(`started once more: ${error.message}`);
    await stopRecorded(paths.records, [name]);
    await startAgents(paths, index);
    await reached();
    return true;
  }
}

function proxyArgs(paths: ClusterPaths, node: string): string[] {
  return [
    `--kubeconfig=${join(paths.pki, 'proxy.kubeconfig')}`,
    `--hostname-override=${node}`,
    '--proxy-mode=iptables',
    `--cluster-cidr=${network.podRange}`,
    '--iptables-min-sync-period=100ms',
    // The limits are those of the whole machine: not the cluster's to set.
    '--conntrack-max-per-core=0',
    '--conntrack-tcp-timeout-established=0s',
    '--conntrack-tcp-timeout-close-wait=0s',
  ];
}

/** Ends everything on node i at once. What was in its /run is gone, what was on its disk stays. */
export async function cutPower(paths: ClusterPaths, index: number): Promise<void> {
  await destroyGroups([systemGroup(paths.name, index), podsGroup(paths.name, index)]);
  for (const name of [...nodeDaemons(index), anchorName(index)]) rmSync(join(paths.records, name), { force: true });
  rmSync(nodePaths(paths, index).run, { recursive: true, force: true });
}
