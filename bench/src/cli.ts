import { parseArgs } from 'node:util';
import { cases } from './cases/index.ts';
import { asJson, asLine, isMet, type BenchCase } from './measure.ts';

const list = cases.map((one) => `  ${one.name.padEnd(12)} ${one.summary}`).join('\n');
const usage = `usage: npm run bench -- NAME... [--json] [--scale SHARE]

Runs benchmarks, each beside its reference in the same minute. One line a measure:
  name value unit reference ratio goal met
A goal is on the ratio, or on the value where it says so; "-" is for information.
With --json one object a line with those keys. Exit status 1 when a goal is not met.
--scale 0.1 runs with a tenth of the load, to try a benchmark out.

${list}`;

function choose(names: readonly string[]): BenchCase[] | undefined {
  const chosen = names.map((name) => cases.find((one) => one.name === name));
  return chosen.every((one) => one !== undefined) ? chosen : undefined;
}

/** The number, or undefined where it is none that makes sense. */
function shareOf(text: string): number | undefined {
  const share = Number(text);
  return share > 0 && share <= 10 ? share : undefined;
}

type Request = { chosen: readonly BenchCase[]; scale: number; json: boolean };

/** What is asked for, or the exit status where the answer is a text. */
function parse(args: readonly string[]): Request | number {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
      scale: { type: 'string', default: '1' },
    },
  });
  if (values.help || positionals.length === 0) {
    console.log(usage);
    return values.help ? 0 : 2;
  }
  const scale = shareOf(values.scale);
  const chosen = choose(positionals);
  if (scale !== undefined && chosen !== undefined) return { chosen, scale, json: values.json };
  console.error(
    scale === undefined
      ? `--scale takes a number above 0 and up to 10, not "${values.scale}".`
      : `No such benchmark among: ${positionals.join(', ')}.\n${usage}`,
  );
  return 2;
}

async function main(args: readonly string[]): Promise<number> {
  const request = parse(args);
  if (typeof request === 'number') return request;
  let missed = 0;
  for (const one of request.chosen) {
    for (const measure of await one.run({ scale: request.scale })) {
      console.log(request.json ? asJson(measure) : asLine(measure));
      if (!isMet(measure)) missed += 1;
    }
  }
  return missed === 0 ? 0 : 1;
}

process.exitCode = await main(process.argv.slice(2));
