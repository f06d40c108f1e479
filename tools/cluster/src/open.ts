import { NotSupported } from './errors.ts';
import { checkName } from './paths.ts';
import { ContextCluster } from './providers/context.ts';
import { EmbeddedCluster } from './providers/embedded.ts';
import { KindCluster } from './providers/kind.ts';
import { silentReport } from './report.ts';
import type { Cluster, ClusterOptions } from './types.ts';

/** Opens a cluster by name; nothing is started or asked yet. */
export function openCluster(options: ClusterOptions = {}): Cluster {
  const { provider = 'embedded', profile = 'full', report = silentReport } = options;
  const name = checkName(options.name ?? 'dev');
  if (provider !== 'embedded' && profile !== 'full') {
    throw new NotSupported(`The provider ${provider} has no profile "${profile}".`, 'Use --provider embedded with it.');
  }
  switch (provider) {
    case 'embedded':
      return new EmbeddedCluster({
        name,
        profile,
        nodes: options.nodes,
        controllerManager: options.controllerManager ?? false,
        report,
      });
    case 'kind':
      return new KindCluster({ name, report });
    case 'context':
      return new ContextCluster({ context: options.context, report });
  }
}
