import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, relative, resolve } from 'node:path';
import process from 'node:process';
import { chartTemplate, crdManifests, referencePages } from './index.ts';

const HELP = `node libs/crd/src/generate.ts [--check] [--chart FILE]

Writes crds/ and docs/reference/ (one file for each kind) from the schemas.
  --chart FILE  writes the definition as a Helm template to FILE as well
  --check       writes nothing; ends with 1 when a file differs from what would be written
`;

const root = resolve(import.meta.dirname, '../../..');

function filesOf(chart: string | undefined): Map<string, string> {
  const files = new Map([
    ...[...crdManifests()].map(([file, text]) => [resolve(root, 'crds', file), text] as const),
    ...[...referencePages()].map(([file, text]) => [resolve(root, 'docs/reference', file), text] as const),
  ]);
  if (chart !== undefined) files.set(resolve(chart), chartTemplate());
  return files;
}

async function isFresh(file: string, wanted: string): Promise<boolean> {
  return (await readFile(file, 'utf8').catch(() => undefined)) === wanted;
}

async function write(file: string, text: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text);
}

async function main(args: readonly string[]): Promise<number> {
  if (args.includes('--help')) {
    process.stdout.write(HELP);
    return 0;
  }
  const chartAt = args.indexOf('--chart');
  const stale: string[] = [];
  for (const [file, text] of filesOf(chartAt === -1 ? undefined : args[chartAt + 1])) {
    if (await isFresh(file, text)) continue;
    stale.push(relative(root, file));
    if (!args.includes('--check')) await write(file, text);
  }
  const checking = args.includes('--check');
  for (const file of stale)
    process.stdout.write(checking ? `${file} is stale: run npm run generate\n` : `wrote ${file}\n`);
  return checking && stale.length > 0 ? 1 : 0;
}

process.exitCode = await main(process.argv.slice(2));
