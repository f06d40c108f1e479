import { parseArgs } from 'node:util';
import { cases } from './cases/index.ts';
import { asJson, asLine, isMet, type BenchCase } from './measure.ts';

const list = cases.map((one) => `  ${one.name.padEnd(12)} ${one.summary}`).join('\n');
const usage = `usage: npm run bench -- NAME... [--json]

Runs benchmarks, each beside its reference in the same minute. One line a measure:
  name value unit reference ratio goal met
With --json one object a line with those keys. Exit status 1 when a goal is not met.

${list}`;

function choose(names: readonly string[]): BenchCase[] | undefined {
  const chosen = names.map((name) => cases.find((one) => one.name === name));
  return chosen.every((one) => one !== undefined) ? chosen : undefined;
}

async function main(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { json: { type: 'boolean', default: false }, help: { type: 'boolean', default: false } },
  });
  if (values.help || positionals.length === 0) {
    console.log(usage);
    return values.help ? 0 : 2;
  }
  const chosen = choose(positionals);
  if (!chosen) {
    console.error(`No such benchmark among: ${positionals.join(', ')}.\n${usage}`);
    return 2;
  }
  let missed = 0;
  for (const one of chosen) {
    for (const measure of await one.run()) {
      console.log(values.json ? asJson(measure) : asLine(measure));
      if (!isMet(measure)) missed += 1;
    }
  }
  return missed === 0 ? 0 : 1;
}

process.exitCode = await main(process.argv.slice(2));
