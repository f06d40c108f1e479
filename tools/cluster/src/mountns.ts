import { existsSync, mkdirSync, readFileSync, readdirSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { awaitComponent } from './component.ts';
import { inside } from './netns.ts';
import { readRecord, startDaemon, type Daemon } from './process.ts';
import { toolPath } from './toolchain.ts';

/** A folder of the cluster that its processes see at a place whose path is fixed in somebody's source code. */
export type PrivateMount = { from: string; at: string };

/** Paths that Kubernetes, containerd and libcni write to without asking. Each node gets its own in its place. */
export const fixedPaths = {
  hostPathVolumes: '/tmp/hostpath_pv',
  shimSockets: '/run/containerd',
  cniResults: '/var/lib/cni',
  devicePlugins: '/var/lib/kubelet',
  containerLogs: '/var/log/containers',
} as const;

/**
 * Every mount of a cluster is made in a mount namespace of its own: the host's table stays as it is, and the mounts end with
 * the processes. One process that does nothing (the anchor) holds it, the others enter it.
 */
export type Anchor = {
  daemon: Daemon;
  namespace: string;
  mounts: readonly PrivateMount[];
  /** What the anchor does while it holds the namespace: arguments of the helper. Default: nothing. */
  duty?: readonly string[];
};

// $1: file that says "ready", $2: number of folders, then pairs of folders, then the command to become. Shared among its own, so that what kubelet mounts reaches the containers.
const script = `
ready=$1 pairs=$2; shift 2
mount --make-rshared / || exit 72
while [ "$pairs" -gt 0 ]; do mount --bind "$1" "$2" || exit 72; shift 2; pairs=$((pairs - 1)); done
echo $$ > "$ready"
exec "$@"`;

/** Starts the anchor unless it runs; resolves when its mounts are made. */
export async function startAnchor(anchor: Anchor): Promise<{ pid: number; started: boolean }> {
  const { daemon, mounts } = anchor;
  const ready = readyFile(daemon);
  for (const { from, at } of mounts) {
    mkdirSync(from, { recursive: true });
    mkdirSync(at, { recursive: true });
  }
  mkdirSync(daemon.records, { recursive: true });
  const pairs = mounts.flatMap(({ from, at }) => [from, at]);
  const unshare = ['unshare', '--mount', '--propagation', 'private', 'sh', '-c', script, 'sh', ready];
  const hold = [String(mounts.length), ...pairs, toolPath('helper'), ...(anchor.duty ?? [])];
  const result = await startDaemon({ ...daemon, command: inside(anchor.namespace, [...unshare, ...hold]) });
  await awaitComponent(daemon, { timeoutMs: 10_000, everyMs: 5, what: 'its mounts' }, () => {
    return existsSync(ready) && Number(readFileSync(ready, 'utf8')) === result.pid;
  });
  return result;
}

// Beside the records, not among them: a record is a process.
const readyFile = (daemon: Daemon): string => join(daemon.records, '..', `.${daemon.name}.ready`);

/** Command line that runs `command` in the network and mount namespaces that the anchor holds. */
export function insideAnchor(anchor: { daemon: Daemon; namespace: string }, command: readonly string[]): string[] {
  const pid = readRecord(anchor.daemon.records, anchor.daemon.name)?.pid ?? 0;
  const [nsenter = '', net = ''] = inside(anchor.namespace, []);
  return [nsenter, net, `--mount=/proc/${String(pid)}/ns/mnt`, '--', ...command];
}

/** Removes the mount points that are empty and over which no process of the machine sees a mount. */
export function removeMountPoints(): void {
  const used = mountPointsInUse();
  for (const path of Object.values(fixedPaths)) {
    // Removing a mount point that another namespace has mounted over would undo its mount there.
    if (!used.has(path)) tryRemove(path);
  }
}

function mountPointsInUse(): Set<string> {
  const pids = readdirSync('/proc').filter((entry) => /^\d+$/.test(entry));
  const lines = pids.flatMap((pid) => mountInfoOf(pid).split('\n'));
  return new Set(lines.map((line) => line.split(' ')[4] ?? ''));
}

function mountInfoOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/mountinfo`, 'utf8');
  } catch {
    return '';
  }
}

function tryRemove(path: string): void {
  try {
    rmdirSync(path);
  } catch {
    // Not there, or it holds what is not ours: both are left as they are.
  }
}
