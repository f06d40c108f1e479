import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { cgroupLayout } from './cgroup.ts';
import { clusterGroup } from './group.ts';
import { listNamespaces, namespacesOf } from './netns.ts';
import { clusterPaths } from './paths.ts';
import { identityOf } from './process.ts';

function readOrEmpty(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

/** What a process says of itself that could name a cluster. */
function processesNaming(marks: readonly string[]): string[] {
  // One that has ended and waits to be collected is nothing any more, whenever its parent gets to it.
  const pids = readdirSync('/proc').filter(
    (entry) => /^\d+$/.test(entry) && Number(entry) !== process.pid && identityOf(Number(entry)),
  );
  return pids.filter((pid) => {
    const text = readOrEmpty(`/proc/${pid}/cmdline`).replaceAll('\0', ' ') + readOrEmpty(`/proc/${pid}/cgroup`);
    return marks.some((mark) => text.includes(mark));
  });
}

/** Everything on this machine that belongs to the cluster: processes, mounts, namespaces, control groups, folders. Empty after `down`. */
export function findTraces(cluster: string): string[] {
  const paths = clusterPaths(cluster);
  const marks = [`/tsvc-${cluster}-`, `/tsvc-${cluster}/`, `${paths.home}/`, `${paths.run}/`];
  const mounts = readOrEmpty('/proc/self/mountinfo')
    .split('\n')
    .filter((line) => marks.some((mark) => line.includes(mark)));
  const groups = (cgroupLayout()?.roots ?? []).map((root) => join(root, clusterGroup(cluster)));
  return [
    ...processesNaming(marks).map(
      (pid) => `process ${pid}: ${readOrEmpty(`/proc/${pid}/cmdline`).replaceAll('\0', ' ')}`,
    ),
    ...mounts.map((line) => `mount ${line}`),
    ...namespacesOf(cluster, listNamespaces()).map((name) => `network namespace ${name}`),
    ...[...groups, paths.home, paths.run].filter((path) => existsSync(path)).map((path) => `folder ${path}`),
  ];
}
