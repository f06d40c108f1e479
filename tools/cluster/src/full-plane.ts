import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { etcdSkipsFsync } from './api-plane.ts';
import { awaitComponent } from './component.ts';
import {
  apiServerArgs,
  controllerManagerArgs,
  etcdArgs,
  schedulerArgs,
  type ControlPlaneSettings,
} from './control-plane.ts';
import { ensureGroup, systemGroup } from './group.ts';
import { renderKubeconfig } from './kubeconfig.ts';
import { fixedPaths, insideAnchor, startAnchor, type Anchor } from './mountns.ts';
import { namespaceName, network } from './netns.ts';
import { findProgram } from './packages.ts';
import type { ClusterPaths } from './paths.ts';
import { controlPlaneCertificates, readPem } from './pki.ts';
import { listens } from './ports.ts';
import { startDaemon, type Daemon } from './process.ts';
import { statusOf } from './ready.ts';
import { succeeds } from './run.ts';
import { toolPath } from './toolchain.ts';

const apiPort = 6443;
const readyTimeoutMs = 90_000;

/** Certificates of the control plane of a full cluster. */
export const planeCertificates = controlPlaneCertificates(['127.0.0.1', network.apiService, network.controlPlane]);

/** Users of the control plane that get a kubeconfig, and the address under which each asks the API server. */
const planeUsers = {
  'controller-manager': '127.0.0.1',
  scheduler: '127.0.0.1',
  dns: '127.0.0.1',
  proxy: network.controlPlane,
} as const;

function settingsOf(paths: ClusterPaths): ControlPlaneSettings {
  return {
    pki: paths.pki,
    etcdData: join(paths.home, 'etcd'),
    etcdPort: 2379,
    etcdPeerPort: 2380,
    apiPort,
    bindAddress: '0.0.0.0',
    advertiseAddress: network.controlPlane,
    serviceRange: network.serviceRange,
    controllerManagerPort: 10_257,
    schedulerPort: 10_259,
    kubeconfigs: paths.pki,
    withoutNodes: false,
  };
}

/** The process that holds the control plane's namespaces. */
export function planeAnchor(paths: ClusterPaths): Anchor {
  const daemon = { name: 'anchor-cp', command: [], records: paths.records, logs: paths.logs };
  return {
    daemon,
    namespace: namespaceName(paths.name, 'cp'),
    mounts: [{ from: paths.volumes, at: fixedPaths.hostPathVolumes }],
    duty: ['volumes', paths.volumes],
  };
}

/** A kubeconfig for `user`, whose certificate is in the PKI folder. */
export function writeUserKubeconfig(paths: ClusterPaths, user: string, server: string): string {
  const file = user === 'admin' ? paths.kubeconfig : join(paths.pki, `${user}.kubeconfig`);
  const parts = {
    name: `tagservice-${paths.name}`,
    server,
    ca: readPem(paths.pki, 'ca.crt'),
    certificate: readPem(paths.pki, `${user}.crt`),
    key: readPem(paths.pki, `${user}.key`),
  };
  writeFileSync(file, renderKubeconfig(parts), { mode: 0o600 });
  return file;
}

/** Starts parts of the control plane by name. */
export type Plane = {
  start(name: string, command: readonly string[]): Promise<{ pid: number; started: boolean }>;
  daemon(name: string): Daemon;
};

/** Makes the control plane's group and anchor. */
export async function openPlane(paths: ClusterPaths): Promise<Plane> {
  const cgroupProcs = ensureGroup(systemGroup(paths.name, 'cp'));
  const anchor = planeAnchor(paths);
  await startAnchor({ ...anchor, daemon: { ...anchor.daemon, cgroupProcs } });
  const daemon = (name: string): Daemon => ({
    name,
    command: [],
    records: paths.records,
    logs: paths.logs,
    cgroupProcs,
  });
  return {
    daemon,
    start: (name, command) => startDaemon({ ...daemon(name), command: insideAnchor(anchor, command) }),
  };
}

/** Starts etcd. */
export async function startEtcd(paths: ClusterPaths, plane: Plane): Promise<boolean> {
  const etcd = findProgram('etcd') ?? 'etcd';
  mkdirSync(join(paths.home, 'etcd'), { recursive: true, mode: 0o700 });
  return (await plane.start('etcd', [etcd, ...etcdArgs(settingsOf(paths), await etcdSkipsFsync(etcd))])).started;
}

/** Starts the API server and waits until it answers on the host's port. */
export async function startApiServerIn(paths: ClusterPaths, plane: Plane, hostPort: number): Promise<boolean> {
  for (const [user, address] of Object.entries(planeUsers)) {
    writeUserKubeconfig(paths, user, `https://${address}:${String(apiPort)}`);
  }
  writeUserKubeconfig(paths, 'admin', `https://127.0.0.1:${String(hostPort)}`);
  const { started } = await plane.start('kube-apiserver', [
    toolPath('kube-apiserver'),
    ...apiServerArgs(settingsOf(paths)),
  ]);
  const daemon = plane.daemon('kube-apiserver');
  await awaitComponent(
    daemon,
    { timeoutMs: readyTimeoutMs, what: 'asked for /readyz', needs: ['etcd', 'relay'] },
    async () => {
      return (await statusOf({ pki: paths.pki, port: hostPort, path: '/readyz' })) === 200;
    },
  );
  return started;
}

/** The relay from the host's loopback to the API server. */
export async function startApiRelay(paths: ClusterPaths, hostPort: number): Promise<boolean> {
  const procs = ensureGroup(systemGroup(paths.name, 'cp'));
  const target = [
    '--netns',
    `/run/netns/${namespaceName(paths.name, 'cp')}`,
    '--target',
    `127.0.0.1:${String(apiPort)}`,
  ];
  const command = [toolPath('helper'), 'relay', '--listen', `127.0.0.1:${String(hostPort)}`, ...target];
  const daemon = { name: 'relay', command, records: paths.records, logs: paths.logs, cgroupProcs: procs };
  const { started } = await startDaemon(daemon);
  // At once, and with the relay's own words: otherwise a taken port would look like an API server that never answers.
  await awaitComponent(daemon, { timeoutMs: 5_000, everyMs: 5, what: 'its port' }, () => listens(hostPort));
  return started;
}

/** Starts controller-manager and scheduler. They find the API server by themselves. */
export async function startControllers(paths: ClusterPaths, plane: Plane): Promise<boolean> {
  const settings = settingsOf(paths);
  const manager = [toolPath('kube-controller-manager'), ...controllerManagerArgs(settings)];
  const results = await Promise.all([
    plane.start('kube-controller-manager', manager),
    plane.start('kube-scheduler', [toolPath('kube-scheduler'), ...schedulerArgs(settings)]),
  ]);
  return results.some(({ started }) => started);
}

/** Starts CoreDNS on the control plane's address. */
export async function startDns(paths: ClusterPaths, plane: Plane): Promise<boolean> {
  const file = join(paths.home, 'Corefile');
  writeFileSync(file, renderCorefile(join(paths.pki, 'dns.kubeconfig')));
  return (await plane.start('coredns', [toolPath('coredns'), '-conf', file])).started;
}

/** True when CoreDNS has its records. */
export function isDnsReady(paths: ClusterPaths): Promise<boolean> {
  const anchor = planeAnchor(paths);
  const [program = '', ...args] = insideAnchor(anchor, [toolPath('helper'), 'probe', '127.0.0.1:8181', '/ready']);
  return succeeds(program, args);
}

/** Corefile: names of the cluster and no others, since nothing leads out of it. */
export function renderCorefile(kubeconfig: string): string {
  return `.:53 {
  health 127.0.0.1:8081
  ready 127.0.0.1:8181
  errors
  cache 2
  kubernetes cluster.local in-addr.arpa {
    kubeconfig ${kubeconfig}
    pods insecure
    ttl 5
  }
}
`;
}
