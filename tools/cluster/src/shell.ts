import { NotSupported } from './errors.ts';
import { insideAnchor } from './mountns.ts';
import { nodeAnchor } from './node.ts';
import { nodeName } from './node-config.ts';
import { clusterPaths } from './paths.ts';
import { exec } from './run.ts';
import type { Cluster } from './types.ts';

/** Runs a command with the cluster's environment, in the terminal of the caller; inside the namespaces of a node where one is named. */
export async function enterNode(options: {
  cluster: Cluster;
  node: string | undefined;
  command: readonly string[];
}): Promise<number> {
  const { cluster, node, command } = options;
  const [program = 'sh', ...args] = node === undefined ? command : insideNode(cluster, node, command);
  const { exitCode } = await exec(program, args, {
    env: cluster.env,
    output: 'inherit',
    keepInput: true,
    allowFailure: true,
  });
  return exitCode;
}

function insideNode(cluster: Cluster, node: string, command: readonly string[]): string[] {
  if (cluster.provider !== 'embedded' || cluster.profile !== 'full') {
    throw new NotSupported(
      'Only nodes of the embedded provider can be entered.',
      'With kind: docker exec -it NODE bash.',
    );
  }
  const index = Number(/^node-(\d)$/.exec(node)?.[1] ?? 'NaN');
  if (Number.isNaN(index))
    throw new NotSupported(`There is no node "${node}".`, `Nodes are called ${nodeName(0)}, ${nodeName(1)}, ...`);
  return insideAnchor(nodeAnchor(clusterPaths(cluster.name), index), command);
}
