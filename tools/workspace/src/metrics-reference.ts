import { run } from './run.ts';

/**
 * Writes docs/reference/metrics-*.md from the registries of the processes: their tests compare them, and write them here. `--check` only compares.
 */
const specs = [
  'apps/api/src/http/api-metrics.spec.ts',
  'apps/compute/src/compute-metrics.spec.ts',
  'operator/src/process/operator.spec.ts',
];
const isCheck = process.argv.includes('--check');
const mode = isCheck ? [] : ['--update'];
const { code } = await run('vitest', ['run', '--project', 'unit', ...mode, ...specs]);
if (isCheck && code !== 0)
  process.stderr.write('docs/reference/metrics-*.md may be out of date: run npm run generate\n');
process.exitCode = code;
