import { parseArgs } from 'node:util';
import { check, reportText } from './check.ts';
import type { Trouble } from './record.ts';
import { SeededRandom } from '@tagservice/testbed';
import { recordHistory } from './run.ts';

const usage = `usage: node libs/tag-store/test/history/cli.ts [--faults COUNT] [--seed NUMBER] [--clients COUNT]

Lets clients claim, apply, fail and read on a Redis primary with two copies, while the primary is killed, frozen or cut off and a copy
takes its place, and holds everything that they heard against what the store promises. Exit status 1 when a promise was broken.`;

const kinds: readonly Trouble['fault'][] = ['kill', 'freeze', 'partition'];

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      faults: { type: 'string', default: '12' },
      seed: { type: 'string', default: String(Date.now() % 1_000_000) },
      clients: { type: 'string', default: '12' },
      help: { type: 'boolean', default: false },
    },
  });
  const [faults, seed, clients] = [values.faults, values.seed, values.clients].map(Number);
  if (values.help || !faults || !clients || seed === undefined || Number.isNaN(seed)) {
    console.log(usage);
    return values.help ? 0 : 2;
  }
  console.log(`seed ${String(seed)}`);
  const random = new SeededRandom(seed);
  const history = await recordHistory({
    seed,
    clients,
    faults: Array.from({ length: faults }, () => random.pick(kinds) ?? 'kill'),
    tell: (line) => {
      console.log(line);
    },
  });
  const report = check(history);
  console.log(reportText(report));
  return report.violations.length === 0 ? 0 : 1;
}

process.exitCode = await main();
