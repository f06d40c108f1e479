import { join } from 'node:path';
import { stringify } from 'yaml';
import { network, podSubnet } from './netns.ts';

/** Folders of one node. `run` is emptied when the node comes back from a power cut, as /run of a real machine is. */
export type NodePaths = { home: string; run: string; socket: string };

const zones = ['zone-a', 'zone-b', 'zone-c'] as const;

/** Zone of node i. */
export const zoneOf = (index: number): string => zones[index % zones.length] ?? 'zone-a';
/** Name of node i. */
export const nodeName = (index: number): string => `node-${String(index)}`;

/** Folders of node i of a cluster. */
export function nodePaths(cluster: { home: string; run: string }, index: number): NodePaths {
  const run = join(cluster.run, String(index));
  return { home: join(cluster.home, nodeName(index)), run, socket: join(run, 'containerd.sock') };
}

/** The CNI configuration of a node: a bridge for its pods. Nothing is masqueraded: pods keep their addresses between nodes. */
export function renderCni(paths: NodePaths, index: number): string {
  const bridge = {
    type: 'bridge',
    bridge: 'cni0',
    isGateway: true,
    ipMasq: false,
    hairpinMode: true,
    ipam: {
      type: 'host-local',
      dataDir: join(paths.run, 'ipam'),
      ranges: [[{ subnet: podSubnet(index) }]],
      routes: [{ dst: '0.0.0.0/0' }],
    },
  };
  const portmap = { type: 'portmap', capabilities: { portMappings: true } };
  return JSON.stringify({ cniVersion: '0.4.0', name: 'pods', plugins: [bridge, portmap] }, undefined, 2);
}

const toml = (text: string): string => JSON.stringify(text);

/** The configuration of a node's containerd. Each line that is not a path is there because something failed without it. */
export function renderContainerd(paths: NodePaths, pauseImage: string): string {
  return `version = 2
root = ${toml(join(paths.home, 'containerd'))}
state = ${toml(join(paths.run, 'containerd'))}
# "opt" would make /opt/containerd; the others look for file systems that are not there and log errors.
disabled_plugins = ["io.containerd.internal.v1.opt", "io.containerd.snapshotter.v1.aufs", "io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.devmapper", "io.containerd.snapshotter.v1.zfs"]

[grpc]
  address = ${toml(paths.socket)}

[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = ${toml(pauseImage)}
  # Without CAP_SYS_RESOURCE runc dies when it lowers a score: "can't get final child's PID from pipe: EOF".
  restrict_oom_score_adj = true
  netns_mounts_under_state_dir = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = ${toml(join(paths.home, 'cni'))}
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "overlayfs"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"
      [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
        SystemdCgroup = false
`;
}

/** What a kubelet's configuration depends on. */
export type KubeletSettings = { paths: NodePaths; pki: string; name: string; cgroup: string; resolvConf: string };

/** KubeletConfiguration of a node. */
export function renderKubelet(settings: KubeletSettings): string {
  const { paths, pki, name } = settings;
  return stringify({
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    authentication: {
      anonymous: { enabled: false },
      webhook: { enabled: true },
      x509: { clientCAFile: join(pki, 'ca.crt') },
    },
    authorization: { mode: 'Webhook' },
    tlsCertFile: join(pki, `${name}.crt`),
    tlsPrivateKeyFile: join(pki, `${name}.key`),
    containerRuntimeEndpoint: `unix://${paths.socket}`,
    cgroupDriver: 'cgroupfs',
    cgroupRoot: `/${settings.cgroup}`,
    failCgroupV1: false,
    enforceNodeAllocatable: [],
    // The image file system is a folder of the host's disk; with isolation on, kubelet does not find it.
    localStorageCapacityIsolation: false,
    clusterDNS: [network.controlPlane],
    clusterDomain: 'cluster.local',
    resolvConf: settings.resolvConf,
    podLogsDir: join(paths.home, 'pod-logs'),
    volumePluginDir: join(paths.home, 'volume-plugins'),
    failSwapOn: false,
    readOnlyPort: 0,
    serializeImagePulls: false,
    // With the controller-manager's grace of 20 s: a silent node is noticed within that, a busy one is not.
    nodeLeaseDurationSeconds: 12,
    // The disk is the developer's: only when it is all but full may pods be evicted, and images are never collected.
    evictionHard: {
      'memory.available': '100Mi',
      'nodefs.available': '1%',
      'imagefs.available': '1%',
      'nodefs.inodesFree': '1%',
    },
    imageGCHighThresholdPercent: 100,
  });
}
