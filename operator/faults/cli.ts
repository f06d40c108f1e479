import process from 'node:process';
import { startWorld, type World } from './bed/world.ts';
import { UsageError } from './errors.ts';
import { parseOptions, usage, type Options } from './options.ts';
import { actoSuite } from './suites/acto.suite.ts';
import { leadersSuite } from './suites/leaders.suite.ts';
import { namespacesSuite } from './suites/namespaces.suite.ts';
import { plansSuite } from './suites/plans.suite.ts';
import { rightsSuite } from './suites/rights.suite.ts';
import type { Counts, Say, SuiteEntry } from './suites/suite.ts';
import { thousandSuite, THOUSAND_WORLD } from './suites/thousand.suite.ts';
import { tableSuite } from './suites/table.suite.ts';

const SUITES: readonly SuiteEntry[] = [
  { name: 'plans', summary: 'crashes, errors, wrong clocks and stale or hidden states in six runs', run: plansSuite },
  { name: 'rights', summary: 'the chart grants what is used, and what is missing is named', run: rightsSuite },
  {
    name: 'leaders',
    summary: 'two operators, one of them cut off: only the holder of the lease writes',
    run: leadersSuite,
  },
  { name: 'namespaces', summary: 'a namespace is deleted with the operator or Kafka away', run: namespacesSuite },
  { name: 'acto', summary: 'every field with every value at its edges, and a walk of 200 specs', run: actoSuite },
  {
    name: 'thousand',
    summary: 'the operator as a process with 10 and with 1,000 TagServices',
    world: THOUSAND_WORLD,
    run: thousandSuite,
  },
];

const say: Say = (line) => {
  process.stdout.write(`${line}\n`);
};

async function main(args: readonly string[]): Promise<number> {
  const options = parseOptions(args, SUITES);
  if (options.help) {
    say(usage(SUITES).trimEnd());
    return 0;
  }
  const world = await startWorld(SUITES.find(({ name }) => name === options.suite)?.world);
  try {
    const { passed, failed, missed = 0 } = await runSuite(world, options);
    if (missed > 0) say(`\n${String(missed)} prove nothing, since their fault never happened: they are not counted`);
    say(`\n${String(passed)} passed, ${String(failed)} failed`);
    return failed === 0 && passed > 0 ? 0 : 1;
  } finally {
    await world.stop();
  }
}

function runSuite(world: World, options: Options): Promise<Counts> {
  if (options.table !== undefined) return tableSuite(world, options.table, say);
  const suite = SUITES.find(({ name }) => name === options.suite);
  if (suite === undefined) throw new UsageError(`--suite ${options.suite}: there is no such suite`);
  return suite.run(world, options, say);
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  say(error instanceof UsageError ? `${error.message}\n\n${usage(SUITES)}` : String((error as Error).stack ?? error));
  process.exitCode = 2;
}

const LAST_WORDS_MS = 10_000;

// What a world that broke off has left under way must not keep the process.
setTimeout(() => {
  process.exit();
}, LAST_WORDS_MS).unref();
