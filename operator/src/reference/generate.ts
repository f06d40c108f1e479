import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, relative, resolve } from 'node:path';
import process from 'node:process';
import { steps } from '../process/operator.ts';
import { changesPage } from './changes.ts';
import { conditionsPage, eventsPage } from './pages.ts';
import { reconcilePicture, withPicture } from './picture.ts';

const root = resolve(import.meta.dirname, '../../..');
const EXPLANATION = 'docs/explanation/reconcile.md';
/** The text that each page has to have; `found` is what it has now. */
const pages: Readonly<Record<string, (found: string) => string>> = {
  'docs/reference/conditions.md': conditionsPage,
  'docs/reference/events.md': eventsPage,
  'docs/reference/changes.md': changesPage,
  [EXPLANATION]: (found) => withPicture(found, reconcilePicture(steps)) ?? found,
};

/** Writes the references of conditions and events and the picture of the reconcile; with --check only compares, and ends with 1 when one is stale. */
async function main(check: boolean): Promise<number> {
  let stale = 0;
  for (const [path, page] of Object.entries(pages)) {
    const file = resolve(root, path);
    const found = await readFile(file, 'utf8').catch(() => '');
    const text = page(found);
    if (found === text) continue;
    stale += 1;
    const name = relative(root, file);
    process.stdout.write(check ? `${name} is stale: run npm run generate\n` : `wrote ${name}\n`);
    if (check) continue;
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
  }
  return check && stale > 0 ? 1 : 0;
}

process.exitCode = await main(process.argv.includes('--check'));
