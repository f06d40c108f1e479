import { parseArgs } from 'node:util';
import { parseUpOptions } from '@tagservice/workspace/up';
import { cases } from './cases.ts';
import { chooseCases, runCases } from './runner.ts';

const list = cases.map((one) => `  ${one.name.padEnd(15)} ${one.summary}`).join('\n');
const usage = `usage: npm run e2e -- NAME... [--name CLUSTER] [--provider embedded|kind] [--context CONTEXT]

Shows on a real cluster what the product promises. Brings the cluster up first, as npm run up does, if it is not. NAME may be all.
The last line counts: N passed, N failed.

${list}`;

async function main(args: readonly string[]): Promise<number> {
  const options = {
    name: { type: 'string' },
    provider: { type: 'string' },
    context: { type: 'string' },
    help: { type: 'boolean' },
  } as const;
  const { values, positionals } = parseArgs({ args: [...args], allowPositionals: true, options });
  if (values.help === true || positionals.length === 0) {
    console.log(usage);
    return 0;
  }
  const chosen = chooseCases(cases, positionals);
  if ('unknown' in chosen) {
    console.error(`There is no case "${chosen.unknown}".\n\n${usage}`);
    return 2;
  }
  const flags = Object.entries(values).flatMap(([name, value]) =>
    typeof value === 'string' ? [`--${name}`, value] : [],
  );
  const { passed, failed } = await runCases(chosen, parseUpOptions(['up', ...flags]), console.log);
  console.log(`\n${String(passed)} passed, ${String(failed)} failed`);
  return failed === 0 ? 0 : 1;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 2;
}
