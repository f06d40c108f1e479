import { poll } from '@tagservice/cluster';
import { withService, type Service } from '../end-to-end/service.ts';
import { workOf } from '../end-to-end/work-log.ts';
import { BenchFailure } from '../errors.ts';
import type { BenchCase, Measure } from '../measure.ts';
import { numberIn, numbersIn, type Line } from '../process/lines.ts';
import { percentile } from '../statistics.ts';

const pagesOfCapacity = 3_000;
const LOG_LIMIT_MS = 5_000;
/**
 * Pages that nobody has asked for: API, Kafka, compute, Redis and the site, each a process of its own on this machine. First as many as
 * go, then half of that at random times; of each answer, what was fetching and tagging (from compute's log), and what was everything else.
 */
export const endToEndCase: BenchCase = {
  name: 'end-to-end',
  summary:
    'a page that nobody knows, through API, Kafka, compute and Redis: what the way costs beside fetching and tagging',
  run: async ({ scale }) => {
    return await withService({ generator: 'src/end-to-end/generator.ts' }, (service) => measure(service, scale));
  },
};

async function measure({ generator, log }: Service, scale: number): Promise<readonly Measure[]> {
  const pages = Math.max(200, Math.round(pagesOfCapacity * scale));
  // The first turn warms up: consumers join, code gets compiled, the adaptive limit opens.
  await generator.ask(`closed ${String(pages)}`);
  const capacity = numberIn(await generator.ask(`closed ${String(pages)}`), 'rate');
  const half = await generator.ask(`open ${String(capacity / 2)}`);
  const etags = half['etags'] as readonly string[];
  // A log is written in pieces.
  const work = await poll({ timeoutMs: LOG_LIMIT_MS, everyMs: 100 }, async () => {
    const found = workOf(await log());
    return etags.every((etag) => found.has(etag)) ? found : undefined;
  });
  if (work === undefined) throw new BenchFailure('A page was made by a job that compute has not logged.');
  return [{ name: 'end-to-end.capacity', value: capacity, unit: 'pages/s' }, ...measuresOf(half, { etags, work })];
}

interface Work {
  readonly etags: readonly string[];
  /** Milliseconds of fetching and tagging of each job. */
  readonly work: ReadonlyMap<string, number>;
}

function measuresOf(half: Line, { etags, work }: Work): readonly Measure[] {
  const ms = numbersIn(half, 'ms');
  const worked = etags.map((etag) => work.get(etag) ?? Number.NaN);
  const overhead = ms.map((time, index) => time - (worked[index] ?? 0));
  const referenceName = 'its fetching and tagging alone';
  const limits = { 50: 15, 99: 40 } as const;
  const times = ([50, 99] as const).flatMap((percent): Measure[] => [
    {
      name: `end-to-end.answer.p${String(percent)}`,
      ...{ value: percentile(ms, percent), unit: 'ms', reference: percentile(worked, percent), referenceName },
    },
    {
      name: `end-to-end.overhead.p${String(percent)}`,
      ...{ value: percentile(overhead, percent), unit: 'ms', goal: { atMost: limits[percent] } },
    },
  ]);
  const unanswered = numberIn(half, 'other');
  return [...times, { name: 'end-to-end.unanswered', value: unanswered, unit: 'requests', goal: { atMost: 0 } }];
}
