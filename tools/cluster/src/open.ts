import { NotSupported } from './errors.ts';
import { checkName } from './paths.ts';
import { ContextCluster } from './providers/context.ts';
import { EmbeddedCluster } from './providers/embedded.ts';
import { KindCluster } from './providers/kind.ts';
import { silentReport } from './report.ts';
import type { Cluster, ClusterOptions, ProviderName, Report } from './types.ts';

const makers: Record<ProviderName, (name: string, options: ClusterOptions & { report: Report }) => Cluster> = {
  embedded: (name, { profile = 'full', nodes, controllerManager = false, report }) =>
    new EmbeddedCluster({ name, profile, nodes, controllerManager, report }),
  kind: (name, { report }) => new KindCluster({ name, report }),
  context: (_name, { context, report }) => new ContextCluster({ context, report }),
};

/** Opens a cluster by name; nothing is started or asked yet. */
export function openCluster(options: ClusterOptions = {}): Cluster {
  const provider = options.provider ?? 'embedded';
  const name = checkName(options.name ?? 'dev');
  if (provider !== 'embedded' && options.profile === 'api') {
    throw new NotSupported(`The provider ${provider} has no profile "api".`, 'Use --provider embedded with it.');
  }
  return makers[provider](name, { ...options, report: options.report ?? silentReport });
}
