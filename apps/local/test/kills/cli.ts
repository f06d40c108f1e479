import { parseArgs } from 'node:util';
import { reportText, runKills } from './run.ts';

const usage = `usage: node apps/local/test/kills/cli.ts [--jobs COUNT] [--kills COUNT] [--seed NUMBER]

Has pages of a site on loopback tagged by two instances of the API and two of compute on a real Kafka and a real Redis, while each of
these six processes, and all of them at once, are killed (SIGKILL) and replaced in turn, and looks for every promised job: its end, its
record, its place in the index. Exit status 1 when one is lost, or has had more or less than one effect. Default: 2,000 jobs, 14 kills, a new seed.`;

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      jobs: { type: 'string', default: '2000' },
      kills: { type: 'string', default: '14' },
      seed: { type: 'string', default: String(Date.now() % 1_000_000) },
      help: { type: 'boolean', default: false },
    },
  });
  const [jobs = 0, kills = 0, seed = 0] = [values.jobs, values.kills, values.seed].map(Number);
  if (values.help || !(jobs > 0) || !(kills >= 0) || Number.isNaN(seed)) {
    console.log(usage);
    return values.help ? 0 : 2;
  }
  console.log(`seed ${String(seed)}`);
  const tell = (line: string): void => {
    console.log(line);
  };
  const report = await runKills({ jobs, kills, seed, tell });
  console.log(reportText(report));
  return report.lost.length + report.wrong.length + report.surprises.length === 0 ? 0 : 1;
}

process.exitCode = await main();
