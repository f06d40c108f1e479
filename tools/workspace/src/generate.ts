import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { workspaceRoot } from './paths.ts';
import { run } from './run.ts';

/** Every generator of the project, in the order in which one's output feeds the next. Each takes `--check` and then only compares. */
export const generators: readonly string[] = [
  'libs/crd/src/generate.ts',
  'libs/contracts/src/generate.ts',
  'apps/api/src/openapi/generate.ts',
  'operator/src/reference/generate.ts',
  'tools/charts/src/generate.ts',
  'tools/workspace/src/metrics-reference.ts',
];

/** Runs all generators; with `check` nothing is written and a stale file is named. Answers whether all went well. */
export async function generate(check: boolean): Promise<boolean> {
  let fine = true;
  for (const script of generators.filter((one) => existsSync(join(workspaceRoot, one)))) {
    const { code } = await run(process.execPath, [script, ...(check ? ['--check'] : [])]);
    fine &&= code === 0;
  }
  return fine;
}

if (process.argv[1]?.endsWith('generate.ts'))
  process.exitCode = (await generate(process.argv.includes('--check'))) ? 0 : 1;
