import { apiPlaneDaemons, chooseApiPorts, startApiPlane, type ApiPlane } from '../api-plane.ts';
import { readConfig, writeConfig, type ClusterConfig } from '../cluster-config.ts';
import { NotSupported } from '../errors.ts';
import { ensurePrograms, findProgram } from '../packages.ts';
import type { ClusterPaths } from '../paths.ts';
import { isAlive, readRecord, stopRecorded } from '../process.ts';
import { step } from '../report.ts';
import { ensureTools } from '../toolchain.ts';
import type { Report } from '../types.ts';
import { removeHome } from './full-cluster.ts';

/** What bringing up an API server without nodes needs to know. */
export type ApiOptions = { paths: ClusterPaths; controllerManager: boolean; report: Report };

/** Brings up what does not run of etcd, API server and controller-manager. Needs no root. */
export async function upApi(options: ApiOptions): Promise<{ changed: boolean }> {
  const { paths, report } = options;
  await ensurePrograms(['etcd', 'openssl'], report);
  await ensureTools(['kube-apiserver'], report);
  const config = await settle(options);
  const plane: ApiPlane = {
    name: paths.name,
    home: paths.home,
    pki: paths.pki,
    logs: paths.logs,
    records: paths.records,
    kubeconfig: paths.kubeconfig,
    ports: config.apiPorts,
    controllerManager: config.controllerManager ?? false,
    tied: false,
  };
  return step(report, `etcd and API server on 127.0.0.1:${String(config.apiPort)}`, () =>
    startApiPlane(plane, findProgram('etcd') ?? 'etcd'),
  );
}

async function settle(options: ApiOptions): Promise<ClusterConfig & Required<Pick<ClusterConfig, 'apiPorts'>>> {
  const { paths } = options;
  const stored = readConfig(paths.config);
  if (stored !== undefined && stored.profile !== 'api') {
    throw new NotSupported(
      `The cluster "${paths.name}" was made with --profile ${stored.profile}.`,
      `Use another --name, or remove it first: npm run cluster -- down --name ${paths.name}`,
    );
  }
  // Ports belong together: a part that still runs holds its own, and with none running new ones are as good as the old.
  const anyRuns = apiPlaneDaemons.some((name) => isAlive(readRecord(paths.records, name)));
  const apiPorts = (anyRuns ? stored?.apiPorts : undefined) ?? (await chooseApiPorts());
  const controllerManager = options.controllerManager || stored?.controllerManager === true;
  const config = { profile: 'api' as const, nodes: 0, apiPort: apiPorts.api, apiPorts, controllerManager, stopped: [] };
  writeConfig(paths.config, config);
  return config;
}

/** Ends it and removes its files. */
export async function downApi(paths: ClusterPaths, report: Report): Promise<void> {
  await step(report, 'end all processes, remove files', async () => {
    // Killed, not asked: what they would write on the way out is removed anyway.
    await stopRecorded(paths.records, [...apiPlaneDaemons].reverse(), 0);
    removeHome(paths);
  });
}
