import { openCluster, succeeds, type Cluster, type Report } from '@tagservice/cluster';
import type { UpOptions } from './options.ts';

/** Whether kind can make a cluster here: its program is installed and a Docker engine answers. */
async function kindWorks(): Promise<boolean> {
  const [docker, kind] = await Promise.all([
    succeeds('docker', ['version', '--format', '{{.Server.Version}}']),
    succeeds('kind', ['version']),
  ]);
  return docker && kind;
}

/** The cluster that the options mean: the named context, else kind where that works, else the embedded one. Nothing is started. */
export async function chooseCluster(options: UpOptions, report: Report): Promise<Cluster> {
  const nodes = options.nodes === undefined ? {} : { nodes: options.nodes };
  if (options.context !== undefined) {
    return openCluster({ name: options.name, provider: 'context', context: options.context, report });
  }
  const provider = options.provider ?? ((await kindWorks()) ? 'kind' : 'embedded');
  return openCluster({ name: options.name, provider, ...nodes, report });
}
