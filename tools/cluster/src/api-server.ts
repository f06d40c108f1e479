import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { apiPlaneDaemons, chooseApiPorts, startApiPlane, type ApiPlane } from './api-plane.ts';
import { ensurePrograms, findProgram } from './packages.ts';
import { formatIdentity, identityOf, isAlive, readRecord, signalRecorded, stopRecorded } from './process.ts';
import { silentReport } from './report.ts';
import { ensureTool } from './toolchain.ts';
import type { Report } from './types.ts';

const prefix = 'tagservice-api-';
const ownerFile = 'owner';

/** A folder for one API server. Folders whose owner was killed before it could remove them go now. */
function temporaryHome(): string {
  for (const entry of readdirSync(tmpdir()).filter((name) => name.startsWith(prefix))) {
    const folder = join(tmpdir(), entry);
    const owner = readRecord(folder, ownerFile);
    if (owner !== undefined && !isAlive(owner)) rmSync(folder, { recursive: true, force: true });
  }
  const home = mkdtempSync(join(tmpdir(), prefix));
  const me = identityOf(process.pid);
  if (me !== undefined) writeFileSync(join(home, ownerFile), formatIdentity(me));
  return home;
}

/** A real API server on a free port of 127.0.0.1, its data in a temporary folder. */
export type ApiServer = {
  /** Path of a kubeconfig with all rights. */
  kubeconfig: string;
  /** Ends it and removes its folder. May be called twice. */
  stop(): Promise<void>;
};

export type ApiServerOptions = {
  controllerManager?: boolean;
  /** Further arguments of kube-controller-manager, after our own. */
  controllerManagerArgs?: readonly string[];
  /** Done with the kubeconfig before the controllers start: a kind that is defined here is known to the garbage collector at once. */
  beforeControllers?: (kubeconfig: string) => Promise<void>;
  /** Further environment variables of etcd, kube-apiserver and kube-controller-manager. */
  env?: Readonly<Record<string, string>>;
  report?: Report;
};

/**
 * Starts etcd and kube-apiserver for tests (about 3 s), and kube-controller-manager where garbage collection, Deployments or HPAs
 * matter. It ends with `stop`, and with the calling process however that ends.
 */
export async function startApiServer(options: ApiServerOptions = {}): Promise<ApiServer> {
  const report = options.report ?? silentReport;
  await ensurePrograms(['etcd', 'openssl', 'setpriv'], report);
  await ensureTool('kube-apiserver', report);
  const home = temporaryHome();
  const plane: ApiPlane = {
    name: 'test',
    home,
    pki: join(home, 'pki'),
    logs: join(home, 'logs'),
    records: join(home, 'records'),
    kubeconfig: join(home, 'kubeconfig'),
    ports: await chooseApiPorts(),
    controllerManager: options.controllerManager ?? false,
    controllerManagerArgs: options.controllerManagerArgs ?? [],
    beforeControllers: async () => options.beforeControllers?.(plane.kubeconfig),
    env: options.env ?? {},
    tied: true,
  };
  const remove = (): void => {
    rmSync(home, { recursive: true, force: true });
  };
  // Exit handlers cannot wait: kill, then remove what is left.
  const onExit = (): void => {
    for (const name of apiPlaneDaemons) signalRecorded(readRecord(plane.records, name), 'SIGKILL');
    remove();
  };
  process.once('exit', onExit);
  const stop = async (): Promise<void> => {
    process.off('exit', onExit);
    await stopRecorded(plane.records, [...apiPlaneDaemons].reverse(), 0);
    remove();
  };
  try {
    await startApiPlane(plane, findProgram('etcd') ?? 'etcd');
  } catch (error) {
    await stop();
    throw error;
  }
  return { kubeconfig: plane.kubeconfig, stop };
}
