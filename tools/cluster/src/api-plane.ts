import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { awaitComponent } from './component.ts';
import { apiServerArgs, controllerManagerArgs, etcdArgs, type ControlPlaneSettings } from './control-plane.ts';
import { renderKubeconfig } from './kubeconfig.ts';
import { controlPlaneCertificates, ensurePki, readPem } from './pki.ts';
import { freePorts, listens } from './ports.ts';
import { startDaemon, type Daemon } from './process.ts';
import { statusOf } from './ready.ts';
import { succeeds } from './run.ts';
import { toolPath } from './toolchain.ts';

/** Ports of an API server on the host's loopback. */
export type ApiPorts = { api: number; etcd: number; etcdPeer: number; controllerManager: number };

/** Folders of an API server without nodes. */
export type ApiPlane = {
  home: string;
  pki: string;
  logs: string;
  records: string;
  kubeconfig: string;
  name: string;
  ports: ApiPorts;
  controllerManager: boolean;
  /** Further arguments of kube-controller-manager, after ours. */
  controllerManagerArgs?: readonly string[];
  /** Done once the API server serves and before its controllers start: they learn of kinds that come later only after 30 s. */
  beforeControllers?: () => Promise<void>;
  /** Further environment variables of etcd, kube-apiserver and kube-controller-manager. */
  env?: Readonly<Record<string, string>>;
  /** True: ends with the process that started it. */
  tied: boolean;
};

/** Names of the daemons of an API plane, in the order in which they start. */
export const apiPlaneDaemons = ['etcd', 'kube-apiserver', 'kube-controller-manager'] as const;

/** Free ports for an API plane. */
export async function chooseApiPorts(): Promise<ApiPorts> {
  const [api = 0, etcd = 0, etcdPeer = 0, controllerManager = 0] = await freePorts(4);
  return { api, etcd, etcdPeer, controllerManager };
}

function settingsOf(plane: ApiPlane): ControlPlaneSettings {
  return {
    pki: plane.pki,
    etcdData: join(plane.home, 'etcd'),
    etcdPort: plane.ports.etcd,
    etcdPeerPort: plane.ports.etcdPeer,
    apiPort: plane.ports.api,
    bindAddress: '127.0.0.1',
    // Loopback is refused as an advertised address. This one (TEST-NET-1) leads nowhere; without nodes nobody follows it.
    advertiseAddress: '192.0.2.1',
    serviceRange: '10.96.0.0/16',
    controllerManagerPort: plane.ports.controllerManager,
    schedulerPort: 0,
    kubeconfigs: plane.pki,
    withoutNodes: true,
  };
}

/** True when this etcd can leave out fsync. It is asked with the flag itself: etcd 3.4 takes it and does not tell of it in its help. */
export async function etcdSkipsFsync(etcd: string): Promise<boolean> {
  return await succeeds(etcd, ['--unsafe-no-fsync', '--version']);
}

/** Starts what does not run of etcd, kube-apiserver and (if asked for) kube-controller-manager, and waits until they answer. */
export async function startApiPlane(plane: ApiPlane, etcd: string): Promise<{ changed: boolean }> {
  const settings = settingsOf(plane);
  mkdirSync(plane.home, { recursive: true, mode: 0o700 });
  const daemon = (name: string, command: readonly string[]): Daemon => ({
    name,
    command,
    records: plane.records,
    logs: plane.logs,
    env: { ...process.env, ...plane.env },
    tied: plane.tied,
  });
  const store = startDaemon(daemon('etcd', [etcd, ...etcdArgs(settings, await etcdSkipsFsync(etcd))]));
  await Promise.all([store, ensurePki(plane.pki, controlPlaneCertificates(['127.0.0.1', '10.96.0.1']))]);
  writeKubeconfigs(plane);
  const server = daemon('kube-apiserver', [toolPath('kube-apiserver'), ...apiServerArgs(settings)]);
  const started = [await store, await startDaemon(server)];
  await awaitComponent(server, { timeoutMs: 60_000, what: 'asked for /readyz', needs: ['etcd'] }, () => isReady(plane));
  if (plane.controllerManager) {
    await plane.beforeControllers?.();
    const command = [
      toolPath('kube-controller-manager'),
      ...controllerManagerArgs(settings),
      ...(plane.controllerManagerArgs ?? []),
    ];
    const manager = daemon('kube-controller-manager', command);
    started.push(await startDaemon(manager));
    await awaitComponent(manager, { timeoutMs: 60_000, what: 'its port' }, () =>
      listens(plane.ports.controllerManager),
    );
  }
  return { changed: started.some((part) => part.started) };
}

async function isReady(plane: ApiPlane): Promise<boolean> {
  return (await statusOf({ pki: plane.pki, port: plane.ports.api, path: '/readyz' })) === 200;
}

function writeKubeconfigs(plane: ApiPlane): void {
  const server = `https://127.0.0.1:${String(plane.ports.api)}`;
  const write = (user: string, file: string): void => {
    const parts = {
      name: `tagservice-${plane.name}`,
      server,
      ca: readPem(plane.pki, 'ca.crt'),
      certificate: readPem(plane.pki, `${user}.crt`),
      key: readPem(plane.pki, `${user}.key`),
    };
    writeFileSync(file, renderKubeconfig(parts), { mode: 0o600 });
  };
  write('admin', plane.kubeconfig);
  write('controller-manager', join(plane.pki, 'controller-manager.kubeconfig'));
}
