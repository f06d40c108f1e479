import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { apiPlaneDaemons, chooseApiPorts, startApiPlane, type ApiPlane } from './api-plane.ts';
import { ensurePrograms, findProgram } from './packages.ts';
import { signalRecorded, readRecord, stopRecorded } from './process.ts';
import { silentReport } from './report.ts';
import { ensureTool } from './toolchain.ts';
import type { Report } from './types.ts';

/** A real API server on a free port of 127.0.0.1, its data in a temporary folder. */
export type ApiServer = {
  /** Path of a kubeconfig with all rights. */
  kubeconfig: string;
  /** Ends it and removes its folder. May be called twice. */
  stop(): Promise<void>;
};

/**
 * Starts etcd and kube-apiserver for tests (about 3 s), and kube-controller-manager where garbage collection, Deployments or HPAs
 * matter. It ends with `stop`, and with the calling process however that ends.
 */
export async function startApiServer(
  options: { controllerManager?: boolean; report?: Report } = {},
): Promise<ApiServer> {
  const report = options.report ?? silentReport;
  await ensurePrograms(['etcd', 'openssl', 'setpriv'], report);
  await ensureTool('kube-apiserver', report);
  const home = mkdtempSync(join(tmpdir(), 'tagservice-api-'));
  const plane: ApiPlane = {
    name: 'test',
    home,
    pki: join(home, 'pki'),
    logs: join(home, 'logs'),
    records: join(home, 'records'),
    kubeconfig: join(home, 'kubeconfig'),
    ports: await chooseApiPorts(),
    controllerManager: options.controllerManager ?? false,
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
