import { existsSync, mkdirSync, readFileSync, readdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ComponentFailed } from './errors.ts';
import { until } from './wait.ts';

/** How this machine mounts control groups: one tree (v2) or one tree a controller (v1). */
export type CgroupLayout = { version: 1 | 2; roots: string[]; cpuset: string | undefined };

const needed = new Set(['cpu', 'cpuacct', 'cpuset', 'memory', 'devices', 'freezer', 'blkio', 'pids', 'hugetlb']);

/** Reads the layout from the lines of /proc/mounts. v1 controllers win: on a hybrid machine they hold the controllers. */
export function parseCgroupMounts(mounts: string): CgroupLayout | undefined {
  const lines = mounts.split('\n').map((line) => line.split(' '));
  const v1 = lines
    .filter(([, , type]) => type === 'cgroup')
    .map(([, path = '', , options = '']) => ({
      path,
      names: options.split(','),
    }));
  const controllers = v1.filter(({ names }) => names.some((name) => needed.has(name) || name === 'name=systemd'));
  if (controllers.some(({ names }) => names.includes('memory'))) {
    // On a hybrid machine runc makes its groups in the v2 tree as well.
    const unified = lines.filter(([, , type]) => type === 'cgroup2').map(([, path = '']) => path);
    return {
      version: 1,
      roots: [...controllers.map(({ path }) => path), ...unified],
      cpuset: controllers.find(({ names }) => names.includes('cpuset'))?.path,
    };
  }
  const v2 = lines.find(([, , type]) => type === 'cgroup2')?.[1];
  return v2 === undefined ? undefined : { version: 2, roots: [v2], cpuset: undefined };
}

/** The layout of this machine, or undefined where control groups are not mounted. */
export function cgroupLayout(): CgroupLayout | undefined {
  return parseCgroupMounts(readFileSync('/proc/mounts', 'utf8'));
}

/** Makes `group` (a path like tsvc-dev/node-0) in every tree and gives it the machine's processors and memory nodes. */
export function makeGroup(layout: CgroupLayout, group: string): void {
  for (const root of layout.roots) mkdirSync(join(root, group), { recursive: true });
  const parts = group.split('/');
  const prefixes = parts.map((_, index) => parts.slice(0, index + 1).join('/'));
  // A fresh cpuset group of v1 has no processors: nothing can enter it before it is given some.
  if (layout.cpuset !== undefined) for (const prefix of prefixes) inheritCpuset(layout.cpuset, prefix);
  // In v2 a group's controllers are those that its parent hands down.
  if (layout.version === 2)
    for (const prefix of ['', ...prefixes.slice(0, -1)]) handDown(join(layout.roots[0] ?? '', prefix));
}

function inheritCpuset(root: string, group: string): void {
  for (const file of ['cpuset.cpus', 'cpuset.mems']) {
    const target = join(root, group, file);
    if (readFileSync(target, 'utf8').trim() === '') writeFileSync(target, readFileSync(join(root, file)));
  }
}

function handDown(path: string): void {
  const available = readFileSync(join(path, 'cgroup.controllers'), 'utf8').trim().split(' ').filter(Boolean);
  writeFileSync(join(path, 'cgroup.subtree_control'), available.map((name) => `+${name}`).join(' '));
}

/** cgroup.procs files of a group: what is written there and all it starts can be found again. */
export function procsFiles(layout: CgroupLayout, group: string): string[] {
  const tracking = layout.roots.filter((root) => layout.version === 2 || root.endsWith('/pids'));
  return (tracking.length > 0 ? tracking : layout.roots.slice(0, 1)).map((root) => join(root, group, 'cgroup.procs'));
}

function subgroups(path: string): string[] {
  if (!existsSync(path)) return [];
  const children = readdirSync(path, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return [...children.flatMap((entry) => subgroups(join(path, entry.name))), path];
}

function procsOf(path: string): number[] {
  try {
    return readFileSync(join(path, 'cgroup.procs'), 'utf8').split('\n').filter(Boolean).map(Number);
  } catch {
    return [];
  }
}

/** Every process in the group and below, in any tree. */
export function processesIn(layout: CgroupLayout, group: string): number[] {
  const groups = layout.roots.flatMap((root) => subgroups(join(root, group)));
  return [...new Set(groups.flatMap(procsOf))].filter((pid) => pid !== 0);
}

/** Kills what is in the group until nothing is left. Membership is asked anew before each signal: no stranger can be hit. */
export async function emptyGroup(layout: CgroupLayout, group: string): Promise<void> {
  const empty = await until({ timeoutMs: 15_000, everyMs: 25 }, () => {
    const left = processesIn(layout, group);
    for (const pid of left) kill(pid);
    return left.length === 0;
  });
  if (!empty) {
    const left = processesIn(layout, group).join(', ');
    throw new ComponentFailed(`Processes of the control group ${group} do not end when killed: ${left}.`);
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended between the question and the signal: what was wanted.
  }
}

/** Removes the empty group and everything below it, in every tree. */
export async function removeGroup(layout: CgroupLayout, group: string): Promise<void> {
  const remaining = (): string[] => layout.roots.flatMap((root) => subgroups(join(root, group)));
  // The kernel lets go of a group a moment after its last process: try again for as long as that takes.
  await until({ timeoutMs: 5_000, everyMs: 20 }, () => {
    for (const path of remaining()) tryRemove(path);
    return remaining().length === 0;
  });
}

function tryRemove(path: string): void {
  try {
    rmdirSync(path);
  } catch {
    // Busy: the next round tries again.
  }
}
