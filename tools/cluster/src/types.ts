/** Where a cluster comes from: made here from nothing, made by kind in Docker, or already there under a kubeconfig context. */
export type ProviderName = 'embedded' | 'kind' | 'context';

/** `api` is etcd and kube-apiserver alone (ready in seconds, no nodes, no root); `full` runs pods. */
export type Profile = 'api' | 'full';

/** One line of progress. `seconds` counts from the beginning of the step. */
export type StepEvent =
  | { kind: 'begin'; step: string }
  | { kind: 'progress'; step: string; seconds: number; detail: string }
  | { kind: 'done'; step: string; seconds: number; detail?: string }
  | { kind: 'note'; text: string };

/** Receives progress; `consoleReport` of this package prints it. */
export type Report = (event: StepEvent) => void;

/** What to open. Everything has a default. */
export type ClusterOptions = {
  /** DNS label of at most 20 characters; several clusters live side by side by name. Default `dev`. */
  name?: string;
  /** Default `embedded`. */
  provider?: ProviderName;
  /** Default `full`. Only the embedded provider knows `api`. */
  profile?: Profile;
  /** Worker nodes, 1 to 9. Default 1. Node i is called `node-i` and lies in zone-a, zone-b, zone-c, zone-a, ... */
  nodes?: number;
  /** Context of the kubeconfig to use (provider `context`). Default: its current context. */
  context?: string;
  /** Run kube-controller-manager in the `api` profile too. Default false; `full` always runs it. */
  controllerManager?: boolean;
  /** Default: silent. */
  report?: Report;
};

/** The end of a program that ran. */
export type RunResult = { exitCode: number; stdout: string; stderr: string };

/** How to run a program of the cluster. */
export type RunOptions = {
  /** Written to its standard input. */
  input?: string;
  /** Resolve, instead of throwing CommandFailed, when the exit code is not 0. */
  allowFailure?: boolean;
  /** `inherit` shows the output as it comes (stdout and stderr of the result are then empty). Default `capture`. */
  output?: 'capture' | 'inherit';
  /** Milliseconds; then the program is killed and CommandFailed thrown. Default: none. */
  timeoutMs?: number;
};

/** A part of the cluster: a process, or what the provider can tell. */
export type ComponentStatus = { name: string; node?: string; running: boolean; pid?: number; detail?: string };

/** `up` = everything that should run does; `degraded` = some of it; `down` = nothing. */
export type ClusterStatus = {
  name: string;
  provider: ProviderName;
  profile: Profile;
  state: 'up' | 'degraded' | 'down';
  components: ComponentStatus[];
  nodes: { name: string; zone?: string; ready: boolean; stopped?: boolean; cut?: boolean }[];
};

/** A TCP port on the host's loopback that leads to a Service in the cluster. */
export type Forward = { host: '127.0.0.1'; port: number; url: string; close(): Promise<void> };

/** Where a forward leads to. `port` is the Service's port number. */
export type ForwardTarget = { namespace: string; service: string; port: number };

/** A log file (embedded) or a source of log lines of the cluster's own parts. */
export type LogSource = { name: string; path: string };

/** One cluster, running or not. Every method but `up`, `down` and `status` needs it to be up. */
export interface Cluster {
  readonly name: string;
  readonly provider: ProviderName;
  readonly profile: Profile;
  /** Path of the kubeconfig file; the file is there once `up` has resolved. */
  readonly kubeconfig: string;
  /** The caller's environment with KUBECONFIG set and the directories of our kubectl and helm first in PATH. */
  readonly env: NodeJS.ProcessEnv;
  /** Makes the cluster run, or finishes what an earlier `up` began. `changed` is false when it already ran. */
  up(): Promise<{ changed: boolean; seconds: number }>;
  /** Ends it and removes all it made outside the cache. Does nothing to a cluster of the provider `context`. */
  down(): Promise<{ changed: boolean; seconds: number }>;
  status(): Promise<ClusterStatus>;
  /** Ends the node's kubelet, runtime and pods at once, as a power cut would. */
  stopNode(node: string): Promise<void>;
  startNode(node: string): Promise<void>;
  /** Cuts the node's network link; its pods go on running. */
  cutNode(node: string): Promise<void>;
  healNode(node: string): Promise<void>;
  /** Loads docker-archive or oci-archive files (`docker save`, `buildah push docker-archive:`) into every node. */
  load(archives: readonly string[]): Promise<void>;
  /** True when every node has an image of this reference (`tagservice/api:abc` and `docker.io/tagservice/api:abc` are the same). */
  hasImage(reference: string): Promise<boolean>;
  kubectl(args: readonly string[], options?: RunOptions): Promise<RunResult>;
  helm(args: readonly string[], options?: RunOptions): Promise<RunResult>;
  /** Opens a port on 127.0.0.1 that leads to a Service; it lives as long as the calling process or until `close`. */
  forward(target: ForwardTarget): Promise<Forward>;
  logs(): Promise<LogSource[]>;
}
