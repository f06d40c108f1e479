import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { projectRoot } from './helm.ts';
import { renderedManifest, renderings } from './manifests.ts';

// Renders the manifests that come from a chart; with --check it only compares, and ends with 1 when one is stale. Needs Helm, which is built when missing.
for (const [path, rendering] of renderings) {
  const file = join(projectRoot, path);
  const text = await renderedManifest(path, rendering);
  if ((await readFile(file, 'utf8').catch(() => undefined)) === text) continue;
  if (process.argv.includes('--check')) {
    process.exitCode = 1;
    process.stdout.write(`${path} is stale: run node tools/charts/src/render-manifests.ts\n`);
    continue;
  }
  await writeFile(file, text);
  process.stdout.write(`wrote ${path}\n`);
}
