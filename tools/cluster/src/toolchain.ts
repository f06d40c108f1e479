import { existsSync, mkdirSync, readdirSync, renameSync, readlinkSync, rmSync, symlinkSync } from 'node:fs';
import { arch } from 'node:os';
import { join } from 'node:path';
import { PrerequisiteMissing } from './errors.ts';
import { withLock } from './lock.ts';
import { cacheDir } from './paths.ts';
import { silentReport, step, type StepHandle } from './report.ts';
import { exec, outputOf } from './run.ts';
import { requireSpace } from './space.ts';
import { buildOf, cacheKey, lockContents, moduleFolder, type ToolBuild, type ToolName } from './tool-catalogue.ts';
import type { Report } from './types.ts';

const minimumGo = [1, 25] as const;
const progressEveryMs = 15_000;
/** Measured: module sources 1.1 GB, Go's build cache 1.9 GB, binaries 0.3 GB. */
const neededBytes = 4e9;

/** Folder of a tool in the cache, whether it has been built or not. */
export function toolDir(tool: ToolName, env: NodeJS.ProcessEnv = process.env): string {
  return buildDir(buildOf(tool), env);
}

const buildDir = (build: ToolBuild, env: NodeJS.ProcessEnv = process.env): string =>
  join(cacheDir(env), 'tools', cacheKey(build, lockContents(build), arch()));

/** Path of a tool in the cache, whether it has been built or not. */
export const toolPath = (tool: ToolName): string => join(toolDir(tool), tool);

/** Path of a tool; built first where the cache does not hold it. */
export async function ensureTool(tool: ToolName, report: Report = silentReport): Promise<string> {
  const path = toolPath(tool);
  if (!existsSync(path)) await buildTool(buildOf(tool), report);
  return path;
}

/** Path of a program that another package builds from a Go module of its own; built first where the cache does not hold it. */
export async function ensureBuild(build: ToolBuild, report: Report = silentReport): Promise<string> {
  const path = join(buildDir(build), build.module);
  if (!existsSync(path)) await buildTool(build, report);
  return path;
}

/** Several tools; those of one build are built once. */
export async function ensureTools(tools: readonly ToolName[], report: Report = silentReport): Promise<void> {
  for (const tool of tools) await ensureTool(tool, report);
}

/** Environment in which kubectl and helm of the cache come first. */
export function toolEnvironment(kubeconfig: string, env: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv {
  const path = [toolDir('kubectl', env), toolDir('helm', env), env['PATH'] ?? ''].join(':');
  return { ...env, KUBECONFIG: kubeconfig, PATH: path };
}

async function buildTool(build: ToolBuild, report: Report): Promise<void> {
  const tools = join(cacheDir(), 'tools');
  const key = cacheKey(build, lockContents(build), arch());
  mkdirSync(tools, { recursive: true });
  // Two first runs at once: the second waits for the first's result instead of compiling everything again beside it.
  await withLock(
    join(tools, `.${key}.lock`),
    { waitMs: 1_800_000, what: `another build of ${build.title}` },
    async () => {
      if (existsSync(join(tools, key))) return;
      await step(report, `compile ${build.title} (once; kept in ${cacheDir()})`, (handle) =>
        compile(build, join(tools, key), handle),
      );
      dropOlder(tools, build, key);
    },
  );
}

async function compile(build: ToolBuild, target: string, handle: StepHandle): Promise<void> {
  const go = await findGo();
  requireSpace(cacheDir(), {
    bytes: neededBytes,
    what: 'Compiling',
    name: 'TAGSERVICE_CACHE (and GOCACHE, GOMODCACHE for Go itself)',
  });
  const staging = `${target}.new`;
  rmSync(staging, { recursive: true, force: true });
  mkdirSync(staging, { recursive: true });
  let packages = 0;
  const timer = setInterval(() => {
    handle.progress(`${String(packages)} packages compiled`);
  }, progressEveryMs);
  try {
    const output = join(staging, build.module);
    const args = [
      'build',
      '-v',
      '-trimpath',
      '-mod=readonly',
      '-buildvcs=false',
      '-ldflags',
      build.ldflags,
      '-o',
      output,
    ];
    await exec(go, [...args, build.target], {
      cwd: moduleFolder(build),
      // GOWORK and GOFLAGS of the user must not change what the lock says.
      env: { ...process.env, CGO_ENABLED: '0', GOWORK: 'off', GOFLAGS: '' },
      onLine: () => (packages += 1),
    });
    for (const alias of build.aliases) symlinkSync(build.module, join(staging, alias));
    // The rename is what makes it valid: a killed build leaves no half binary under the final name.
    renameSync(staging, target);
  } finally {
    clearInterval(timer);
    rmSync(staging, { recursive: true, force: true });
  }
  handle.detail(`${String(packages)} packages`);
}

/** Earlier builds of the same tool. Kept while anything of them runs: a deleted binary would look like a lost one in status. */
function dropOlder(tools: string, build: ToolBuild, key: string): void {
  const sameTool = new RegExp(`^${build.module}-v[^-]*-[0-9a-f]{12}$`);
  for (const entry of readdirSync(tools)) {
    if (entry !== key && sameTool.test(entry) && !isInUse(join(tools, entry, build.module))) {
      rmSync(join(tools, entry), { recursive: true, force: true });
    }
  }
}

function isInUse(binary: string): boolean {
  const running = readdirSync('/proc').filter((entry) => /^\d+$/.test(entry));
  return running.some((pid) => executableOf(pid) === binary);
}

function executableOf(pid: string): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/exe`);
  } catch {
    return undefined;
  }
}

async function findGo(): Promise<string> {
  const candidates = ['go', '/usr/local/go/bin/go', '/usr/lib/go/bin/go'];
  for (const candidate of candidates) {
    const version = await goVersion(candidate);
    if (version !== undefined && isRecentGo(version)) return candidate;
  }
  throw new PrerequisiteMissing(
    `Go ${minimumGo.join('.')} or newer is needed once, to compile Kubernetes from its modules, and was not found.`,
    'Install it from https://go.dev/dl (unpack to /usr/local/go), or use a cluster that you have: --provider context, or --provider kind with Docker.',
  );
}

async function goVersion(go: string): Promise<string | undefined> {
  try {
    return await outputOf(go, ['env', 'GOVERSION'], { cwd: '/' });
  } catch {
    return undefined;
  }
}

/** True for the output of `go env GOVERSION` of a Go that can build the modules. */
export function isRecentGo(version: string): boolean {
  const [major = 0, minor = 0] = version.replace(/^go/, '').split('.').map(Number.parseFloat);
  return major > minimumGo[0] || (major === minimumGo[0] && minor >= minimumGo[1]);
}
