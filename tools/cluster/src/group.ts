import { cgroupLayout, emptyGroup, makeGroup, procsFiles, removeGroup, type CgroupLayout } from './cgroup.ts';
import { PrerequisiteMissing } from './errors.ts';

/** Control groups of a cluster: one for all, in it one a node for its daemons (`sys-0`) and one for its pods (`node-0`). */
export const clusterGroup = (cluster: string): string => `tsvc-${cluster}`;
/** Group of the daemons of a part: `cp` or the number of a node. */
export const systemGroup = (cluster: string, part: string | number): string =>
  `${clusterGroup(cluster)}/sys-${String(part)}`;
/** Group under which kubelet makes those of the pods. */
export const podsGroup = (cluster: string, index: number): string => `${clusterGroup(cluster)}/node-${String(index)}`;

/** The machine's layout; without one no pod can run. */
export function requireCgroups(): CgroupLayout {
  const layout = cgroupLayout();
  if (layout !== undefined) return layout;
  throw new PrerequisiteMissing(
    'Control groups are not mounted on this machine, so no container can run.',
    'Mount them ("mount -t cgroup2 none /sys/fs/cgroup"), or use --profile api.',
  );
}

/** Makes a group and returns the files through which a process enters it. */
export function ensureGroup(group: string): string[] {
  const layout = requireCgroups();
  makeGroup(layout, group);
  return procsFiles(layout, group);
}

/** Ends everything in the groups at once, as a power cut would, and removes them. */
export async function destroyGroups(groups: readonly string[]): Promise<void> {
  const layout = cgroupLayout();
  if (layout === undefined) return;
  for (const group of groups) await emptyGroup(layout, group);
  for (const group of groups) await removeGroup(layout, group);
}
