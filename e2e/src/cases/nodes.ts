import { checkCluster, consoleReport } from '@tagservice/cluster';
import type { CaseContext, E2eCase } from '../e2e-case.ts';

const name = 'e2e-nodes';
const nodes = 3;

/** A cluster of its own: nodes are cut off and stopped. */
async function run({ say }: CaseContext): Promise<void> {
  await checkCluster({ name, nodes, report: consoleReport() });
  say(`${String(nodes)} nodes did what nodes do, and left nothing`);
}

export const nodesCase: E2eCase = {
  name: 'nodes',
  summary: `${String(nodes)} nodes: pods, Services, names, volumes; one is cut off and healed, one stopped and started`,
  run,
  ownCluster: true,
};
