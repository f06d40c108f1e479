import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import process from 'node:process';
import { generatedFiles } from './generated-files.ts';

// Writes the generated files of the charts; with --check it only compares, and ends with 1 when one is stale.
const root = resolve(import.meta.dirname, '../../..');
const checking = process.argv.includes('--check');

for (const [path, text] of generatedFiles(root)) {
  const file = join(root, path);
  if ((await readFile(file, 'utf8').catch(() => undefined)) === text) continue;
  if (checking) {
    process.exitCode = 1;
    process.stdout.write(`${path} is stale: run npm run generate\n`);
    continue;
  }
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text);
  process.stdout.write(`wrote ${path}\n`);
}
