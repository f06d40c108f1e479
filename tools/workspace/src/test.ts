import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import {
  add,
  closingLine,
  noTests,
  outcomeOfOutput,
  outcomeOfVitest,
  type Outcome,
  type VitestReport,
} from './counts.ts';
import { elapsed, run } from './run.ts';

const usage = `usage: npm test [-- --only unit|integration|faults|e2e] [-- --help]

Runs every level of test in order and ends with one line of counts:
  unit          pure code, property tests
  integration   real redis-server, Kafka broker, kube-apiserver, Helm
  faults        a tenth of the plans of npm run test:faults, of every run and sort: crashes, errors, stale and hidden states
  e2e           charts installed on a real cluster, real pods`;

const suites: Readonly<Record<string, () => Promise<Outcome>>> = {
  unit: () => vitest('unit'),
  integration: () => vitest('integration*'),
  faults,
  e2e: endToEnd,
};

async function vitest(project: string): Promise<Outcome> {
  const folder = mkdtempSync(join(tmpdir(), 'tagservice-test-'));
  const file = join(folder, 'report.json');
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`];
  const { code } = await run('vitest', ['run', `--project=${project}`, ...reporters]);
  const report = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as VitestReport) : undefined;
  rmSync(folder, { recursive: true });
  return outcomeOfVitest(project, code, report);
}

/** The same choice each time: a tenth of all plans, at least one of every run and sort of fault. At rest they are watched for a quarter of a minute. */
const choice = ['--plans', '80', '--seed', '1', '--rest', '15'];

async function faults(): Promise<Outcome> {
  const { code, output } = await run(process.execPath, ['operator/faults/cli.ts', ...choice], { keep: true });
  return outcomeOfOutput('faults', code, output);
}

/** A cluster of its own, so that the one of `npm run up` stays as it is; taken down afterwards, whatever happened. */
const testCluster = ['--name', 'npm-test'];

async function endToEnd(): Promise<Outcome> {
  const { code, output } = await run(process.execPath, ['e2e/src/cli.ts', 'all', ...testCluster], { keep: true });
  const down = await run(process.execPath, ['tools/workspace/src/up/cli.ts', 'down', ...testCluster]);
  return outcomeOfOutput('e2e', code || down.code, output);
}

async function main(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: { only: { type: 'string', multiple: true }, help: { type: 'boolean', default: false } },
  });
  if (values.help) {
    console.log(usage);
    return 0;
  }
  const unknown = (values.only ?? []).filter((name) => !(name in suites));
  if (unknown.length > 0) {
    console.error(`--only ${unknown.join(', ')}: no such suite. Known: ${Object.keys(suites).join(', ')}.`);
    return 2;
  }
  const started = performance.now();
  let total = noTests;
  const failures: string[] = [];
  for (const [name, suite] of Object.entries(suites)) {
    if (values.only && !values.only.includes(name)) continue;
    const begun = performance.now();
    console.log(`\n== ${name}`);
    const outcome = await suite();
    total = add(total, outcome);
    failures.push(...outcome.failures);
    console.log(`== ${name}: ${closingLine(outcome)} in ${elapsed(begun)}`);
  }
  console.log(`\nAll suites took ${elapsed(started)}.`);
  for (const failure of failures) console.log(`FAILED ${failure}`);
  console.log(closingLine(total));
  return total.failed === 0 && total.passed > 0 ? 0 : 1;
}

process.exitCode = await main(process.argv.slice(2));
