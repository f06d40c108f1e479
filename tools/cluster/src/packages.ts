import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { CommandFailed, PrerequisiteMissing } from './errors.ts';
import { withLock } from './lock.ts';
import { silentReport, step } from './report.ts';
import { exec, succeeds } from './run.ts';
import type { Report } from './types.ts';

/** Programs that come from the distribution, and the Debian package of each. */
export const packageOf = {
  etcd: 'etcd-server',
  containerd: 'containerd',
  ctr: 'containerd',
  runc: 'runc',
  iptables: 'iptables',
  conntrack: 'conntrack',
  ip: 'iproute2',
  nsenter: 'util-linux',
  setpriv: 'util-linux',
  openssl: 'openssl',
  mount: 'mount',
  '/usr/lib/cni/bridge': 'containernetworking-plugins',
} as const;

/** A program that the cluster needs from the distribution. */
export type Program = keyof typeof packageOf;

const searchPath = (): string[] => [
  ...(process.env['PATH'] ?? '').split(delimiter),
  '/usr/local/sbin',
  '/usr/sbin',
  '/sbin',
];

/** Where a program lies, or undefined. */
export function findProgram(program: string): string | undefined {
  if (program.startsWith('/')) return existsSync(program) ? program : undefined;
  return searchPath()
    .filter(Boolean)
    .map((dir) => join(dir, program))
    .find((path) => existsSync(path));
}

/** Installs the packages of those programs that are not there. */
export async function ensurePrograms(programs: readonly Program[], report: Report = silentReport): Promise<void> {
  const missing = programs.filter((program) => findProgram(program) === undefined);
  if (missing.length === 0) return;
  const packages = [...new Set(missing.map((program) => packageOf[program]))];
  await install(packages, report, `Not found: ${missing.join(', ')}.`);
  const still = missing.filter((program) => findProgram(program) === undefined);
  if (still.length > 0)
    throw new PrerequisiteMissing(`${packages.join(', ')} installed, but not found: ${still.join(', ')}.`);
}

/** Installs Debian packages that are not there yet; their services are not started. */
export async function ensurePackages(packages: readonly string[], report: Report = silentReport): Promise<void> {
  const missing: string[] = [];
  for (const name of packages) if (!(await isInstalled(name))) missing.push(name);
  if (missing.length > 0) await install(missing, report, `Not installed: ${missing.join(', ')}.`);
}

async function isInstalled(name: string): Promise<boolean> {
  if (findProgram('dpkg-query') === undefined) return false;
  const asked = await exec('dpkg-query', ['-W', '-f', '${Status}', name], { allowFailure: true });
  return asked.stdout.startsWith('install ok installed');
}

async function install(packages: readonly string[], report: Report, why: string): Promise<void> {
  const command = `apt-get install --no-install-recommends ${packages.join(' ')}`;
  if (findProgram('apt-get') === undefined) {
    throw new PrerequisiteMissing(
      why,
      `Install what Debian calls ${packages.join(', ')} with the package manager of this machine, and run this again.`,
    );
  }
  if (process.getuid?.() !== 0) throw new PrerequisiteMissing(why, `Run "sudo ${command}", or run this as root.`);
  await step(report, `install ${packages.join(', ')}`, async () => {
    await withLock('/run/lock/tagservice-packages', { waitMs: 600_000, what: 'another installation of packages' }, () =>
      withoutServices(() => aptInstall(packages, why, command)),
    );
  });
}

async function aptInstall(packages: readonly string[], why: string, command: string): Promise<void> {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const quiet = ['-qq', '-y', '-o', 'DPkg::Lock::Timeout=300'];
  const args = [...quiet, 'install', '--no-install-recommends', ...packages];
  if (await succeeds('apt-get', args, { env })) return;
  // Most often the lists are missing or older than the mirror.
  await exec('apt-get', [...quiet, 'update'], { env, allowFailure: true });
  try {
    await exec('apt-get', args, { env });
  } catch (error) {
    if (!(error instanceof CommandFailed)) throw error;
    throw new PrerequisiteMissing(
      `${why} They could not be installed:\n${error.stderr.trim()}`,
      `Run "${command}" yourself once the cause is gone (network, mirror, disk), and run this again.`,
      { cause: error },
    );
  }
}

const policyFile = '/usr/sbin/policy-rc.d';

/** Debian starts what it installs unless this file says no. One that was there before stays as it is. */
async function withoutServices<T>(work: () => Promise<T>): Promise<T> {
  const ours = !existsSync(policyFile);
  if (ours) writeFileSync(policyFile, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    return await work();
  } finally {
    if (ours) rmSync(policyFile, { force: true });
  }
}
