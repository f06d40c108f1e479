import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { goModulesDir } from './paths.ts';

/** Version of Kubernetes; its staging modules (v0.x) follow from go.mod. */
export const kubernetesVersion = 'v1.35.4';

/** One binary that is built from a Go module: of this package, or of another one that gives `folder`. */
export type ToolBuild = {
  /** Folder under tools/cluster/go, and name of the binary. */
  module: string;
  version: string;
  /** What `go build` builds, seen from the module's folder. */
  target: string;
  ldflags: string;
  /** Names under which the binary is also found: a multi-call binary looks at its name. */
  aliases: readonly string[];
  /** For the progress line. */
  title: string;
  /** Absolute path of the module, for programs that other packages build; default: the folder above. */
  folder?: string;
};

const versionFlag = `-X k8s.io/component-base/version.gitVersion=${kubernetesVersion} -X k8s.io/component-base/version.gitMajor=1 -X k8s.io/component-base/version.gitMinor=35`;

/** Everything that can be built; order is the order in which `ensureTools` builds. */
export const toolBuilds: readonly ToolBuild[] = [
  {
    module: 'helper',
    version: 'v2',
    target: '.',
    ldflags: '-s -w',
    aliases: [],
    title: 'the relay and the pause program',
  },
  {
    module: 'kubernetes',
    version: kubernetesVersion,
    target: '.',
    ldflags: `-s -w ${versionFlag}`,
    aliases: ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'kubelet', 'kube-proxy', 'kubectl'],
    title: 'Kubernetes 1.35.4',
  },
  {
    module: 'coredns',
    version: 'v1.14.7',
    target: '.',
    ldflags: '-s -w',
    aliases: [],
    title: 'CoreDNS 1.14.7',
  },
  {
    module: 'helm',
    version: 'v4.3.1',
    target: 'helm.sh/helm/v4/cmd/helm',
    ldflags: '-s -w -X helm.sh/helm/v4/internal/version.version=v4.3.1',
    aliases: [],
    title: 'Helm 4.3.1',
  },
  {
    module: 'kubeconform',
    version: 'v0.8.0',
    target: 'github.com/yannh/kubeconform/cmd/kubeconform',
    ldflags: '-s -w -X main.version=v0.8.0',
    aliases: [],
    title: 'kubeconform 0.8.0',
  },
];

/** Names that `ensureTool` knows. */
export type ToolName =
  | 'helper'
  | 'kube-apiserver'
  | 'kube-controller-manager'
  | 'kube-scheduler'
  | 'kubelet'
  | 'kube-proxy'
  | 'kubectl'
  | 'coredns'
  | 'helm'
  | 'kubeconform';

/** The build that yields a tool. */
export function buildOf(tool: ToolName): ToolBuild {
  const found = toolBuilds.find((build) => build.module === tool || build.aliases.includes(tool));
  // The type lists exactly the names of the table above; a spec holds the two together.
  return found as ToolBuild;
}

/** Where the sources and the lock of a build lie. */
export function moduleFolder({ module, folder }: Pick<ToolBuild, 'module' | 'folder'>): string {
  return folder ?? join(goModulesDir, module);
}

/** Content of the files that decide what is built. */
export function lockContents(build: Pick<ToolBuild, 'module' | 'folder'>): string[] {
  const folder = moduleFolder(build);
  return readdirSync(folder)
    .filter((file) => /^go\.(mod|sum)$|\.go$/.test(file))
    .sort()
    .map((file) => `${file}\n${readFileSync(join(folder, file), 'utf8')}`);
}

/** Folder name of a build in the cache: another lock, flag or machine type is another folder. */
export function cacheKey(build: ToolBuild, contents: readonly string[], arch: string): string {
  const hash = createHash('sha256');
  for (const part of [build.target, build.ldflags, build.aliases.join(), arch, ...contents]) {
    hash.update(`${String(Buffer.byteLength(part))}:${part}`);
  }
  return `${build.module}-${build.version}-${hash.digest('hex').slice(0, 12)}`;
}
