import { docsProblems } from './docs-check.ts';
import { generate } from './generate.ts';
import { elapsed, run } from './run.ts';

/** One check of `npm run verify`: it prints what is wrong itself and answers whether all is well. */
interface Check {
  readonly name: string;
  readonly fix: string;
  run(): Promise<boolean>;
}

function command(program: string, ...args: string[]): () => Promise<boolean> {
  return async () => (await run(program, args)).code === 0;
}

const checks: readonly Check[] = [
  {
    name: 'lock file',
    fix: 'npm install --ignore-scripts && node tools/workspace/src/complete-lock.ts',
    run: async () => {
      const { code, output } = await run('npm', ['ci', '--dry-run', '--ignore-scripts', '--no-audit'], { quiet: true });
      if (code !== 0) console.error(output);
      return code === 0;
    },
  },
  { name: 'format', fix: 'npm run format', run: command('prettier', '--check', '--log-level=warn', '.') },
  {
    name: 'lint',
    fix: 'see the messages; budgets are met by splitting, not by suppressing',
    run: command('eslint', '.', '--cache', '--cache-location', 'node_modules/.cache/eslint/', '--max-warnings=0'),
  },
  { name: 'types', fix: 'see the messages', run: command('tsc', '--noEmit', '-p', 'tsconfig.json') },
  {
    name: 'boundaries',
    fix: 'move the import behind the port that owns it (rules: .dependency-cruiser.cjs)',
    run: command(
      'depcruise',
      '--config',
      '.dependency-cruiser.cjs',
      '--output-type',
      'err-long',
      'libs',
      'apps',
      'operator',
      'tools',
      'e2e',
      'bench',
    ),
  },
  {
    name: 'duplicates',
    fix: 'make one piece serve both places',
    run: command('jscpd', '--config', '.jscpd.json', '.'),
  },
  { name: 'generated files are fresh', fix: 'npm run generate', run: () => generate(true) },
  {
    name: 'docs',
    fix: 'mend the link or the path',
    run: () => {
      const problems = docsProblems();
      for (const problem of problems) console.error(problem);
      return Promise.resolve(problems.length === 0);
    },
  },
];

let failed = 0;
for (const check of checks) {
  const started = performance.now();
  const fine = await check.run();
  if (!fine) failed += 1;
  console.log(
    `${fine ? 'ok  ' : 'FAIL'} ${check.name} (${elapsed(started)})${fine ? '' : `\n     remedy: ${check.fix}`}`,
  );
}
console.log(`${checks.length - failed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
