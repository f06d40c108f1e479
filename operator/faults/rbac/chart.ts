import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ensureTool } from '@tagservice/cluster';
import { parseAllDocuments } from 'yaml';
import type { Role } from './rights.ts';

const root = join(import.meta.dirname, '../../..');

/** The roles that the operator's chart gives its own service account, as Helm renders them. */
export async function renderedRoles(values: readonly string[] = []): Promise<Role[]> {
  const helm = await ensureTool('helm');
  const set = ['crds.enabled=false', ...values].flatMap((value) => ['--set', value]);
  const args = ['template', 'operator', 'charts/tagservice-operator', '--namespace', 'tagservice-system', ...set];
  const { stdout } = await promisify(execFile)(helm, args, { cwd: root, maxBuffer: 2 ** 26 });
  const objects = parseAllDocuments(stdout).map((document) => document.toJS() as Role | null);
  return objects.filter((object) => object !== null).filter(isOfTheOperator);
}

/** Who may read the served metrics is somebody else: the controller of autoscalers. */
function isOfTheOperator({ kind, metadata }: Role): boolean {
  return (kind === 'Role' || kind === 'ClusterRole') && !metadata.name.endsWith('-metrics-reader');
}
