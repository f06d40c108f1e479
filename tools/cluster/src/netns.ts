import { existsSync, readdirSync, rmdirSync } from 'node:fs';
import { exec, succeeds } from './run.ts';

/** Addresses inside a cluster. They exist in its namespaces only, so every cluster uses the same ones. */
export const network = {
  controlPlane: '172.30.0.1',
  serviceRange: '10.96.0.0/16',
  apiService: '10.96.0.1',
  podRange: '10.244.0.0/16',
  bridge: 'nodes0',
} as const;

/** Address of node i. */
export const nodeAddress = (index: number): string => `172.30.0.${String(index + 10)}`;
/** Pod range of node i. */
export const podSubnet = (index: number): string => `10.244.${String(index)}.0/24`;
/** Name of a cluster's namespace; `part` is `cp` or the number of a node. */
export const namespaceName = (cluster: string, part: string | number): string => `tsvc-${cluster}-${String(part)}`;
/** File of a namespace. */
export const namespaceFile = (namespace: string): string => `/run/netns/${namespace}`;
/** The bridge's port that leads to node i (an interface name has 15 characters at most). */
export const bridgePort = (index: number): string => `node${String(index)}`;

/** Namespaces of one cluster. A cluster's name may be the beginning of another's, so the rest must be exact. */
export function namespacesOf(cluster: string, all: readonly string[]): string[] {
  const prefix = `tsvc-${cluster}-`;
  return all.filter((name) => name.startsWith(prefix) && /^(cp|\d)$/.test(name.slice(prefix.length)));
}

/** Names of all network namespaces that `ip netns` knows. */
export function listNamespaces(): string[] {
  return existsSync('/run/netns') ? readdirSync('/run/netns') : [];
}

/** Command line that runs `command` inside the namespace. */
export const inside = (namespace: string, command: readonly string[]): string[] => [
  'nsenter',
  `--net=${namespaceFile(namespace)}`,
  ...command,
];

const ip = (namespace: string, ...args: string[]): Promise<unknown> => exec('ip', ['-n', namespace, ...args]);
const hasLink = (namespace: string, link: string): Promise<boolean> =>
  succeeds('ip', ['-n', namespace, 'link', 'show', link]);

async function makeNamespace(namespace: string, sysctls: Record<string, string>): Promise<void> {
  if (!listNamespaces().includes(namespace)) await exec('ip', ['netns', 'add', namespace]);
  await ip(namespace, 'link', 'set', 'lo', 'up');
  const settings = Object.entries(sysctls).map(([key, value]) => `/proc/sys/${key.replaceAll('.', '/')} ${value}`);
  // One shell for all: sysctl(8) is a package of its own on small machines.
  const [program = '', ...args] = inside(namespace, [
    'sh',
    '-c',
    'while read -r f v; do [ ! -e "$f" ] || echo "$v" > "$f"; done',
  ]);
  await exec(program, args, { input: `${settings.join('\n')}\n` });
}

/** The control plane's namespace: loopback and the bridge that all nodes hang on; its default route leads to that bridge. */
export async function makeControlPlaneNetwork(cluster: string): Promise<void> {
  const ns = namespaceName(cluster, 'cp');
  await makeNamespace(ns, { 'net.ipv4.ip_forward': '1' });
  // Each command may be repeated: a killed `up` may have stopped between any two of them.
  if (!(await hasLink(ns, network.bridge))) await ip(ns, 'link', 'add', network.bridge, 'type', 'bridge');
  await ip(ns, 'addr', 'replace', `${network.controlPlane}/24`, 'dev', network.bridge);
  await ip(ns, 'link', 'set', network.bridge, 'up');
  await ip(ns, 'route', 'replace', 'default', 'dev', network.bridge);
}

/** The namespace of node i, its link to the bridge and the routes to the pods of the other nodes. */
export async function makeNodeNetwork(cluster: string, index: number, nodes: number): Promise<void> {
  const ns = namespaceName(cluster, index);
  const cp = namespaceName(cluster, 'cp');
  await makeNamespace(ns, {
    'net.ipv4.ip_forward': '1',
    'net.bridge.bridge-nf-call-iptables': '1',
    'net.ipv4.conf.all.rp_filter': '0',
  });
  if (!(await hasLink(ns, 'eth0'))) {
    await exec('ip', [
      'link',
      'add',
      bridgePort(index),
      'netns',
      cp,
      'type',
      'veth',
      'peer',
      'name',
      'eth0',
      'netns',
      ns,
    ]);
  }
  await ip(ns, 'addr', 'replace', `${nodeAddress(index)}/24`, 'dev', 'eth0');
  await ip(cp, 'link', 'set', bridgePort(index), 'master', network.bridge, 'up');
  await ip(ns, 'link', 'set', 'eth0', 'up');
  await ip(ns, 'route', 'replace', 'default', 'via', network.controlPlane);
  await ip(cp, 'route', 'replace', podSubnet(index), 'via', nodeAddress(index));
  for (let other = 0; other < nodes; other += 1) {
    if (other !== index) await ip(ns, 'route', 'replace', podSubnet(other), 'via', nodeAddress(other));
  }
}

/** Cuts (`up: false`) or gives back the link of node i, at the bridge: the node itself sees only silence. */
export async function setNodeLink(cluster: string, index: number, up: boolean): Promise<void> {
  await ip(namespaceName(cluster, 'cp'), 'link', 'set', bridgePort(index), up ? 'up' : 'down');
}

/** True while the link of node i is cut. */
export async function isNodeCut(cluster: string, index: number): Promise<boolean> {
  const cp = namespaceName(cluster, 'cp');
  const shown = await exec('ip', ['-n', cp, '-o', 'link', 'show', bridgePort(index)], { allowFailure: true });
  return shown.exitCode === 0 && !/[<,]UP[,>]/.test(shown.stdout);
}

/** Removes all namespaces of a cluster; links inside go with them. */
export async function removeNamespaces(cluster: string): Promise<void> {
  const ours = namespacesOf(cluster, listNamespaces());
  for (const namespace of ours) await exec('ip', ['netns', 'delete', namespace]);
  // The first `ip netns add` mounts the folder over itself; without a namespace left, that mount is a trace.
  if (ours.length === 0 || listNamespaces().length > 0) return;
  if (await succeeds('umount', ['/run/netns'])) rmdirSync('/run/netns');
}
