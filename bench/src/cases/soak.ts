import { readdirSync } from 'node:fs';
import { environmentNames } from '@tagservice/contracts';
import type { ServerProcess } from '../api/server-process.ts';
import { withService, type Service } from '../end-to-end/service.ts';
import { BenchFailure } from '../errors.ts';
import type { BenchCase, Measure } from '../measure.ts';
import { numberIn, parseLine, type Line } from '../process/lines.ts';
import { slopePerHour, type Sample } from '../soak/slope.ts';
import { median } from '../statistics.ts';

const seconds = 3_600;
const lookEverySeconds = 10;
/** Until caches are full and all code is compiled: a part of the whole, and at least so many seconds. */
const warmUp = { share: 0.25, seconds: 60 };

/** What one look at a process finds. */
interface Look {
  readonly rssMiB: number;
  /** What the heap and buffers hold after a collection. */
  readonly liveMiB: number;
  readonly handles: number;
  readonly files: number;
}

type Looks = readonly (Look & { readonly atMs: number })[];

/** API and compute under an even load of pages that are made anew again and again: what grows without end shows after an hour. */
export const soakCase: BenchCase = {
  name: 'soak',
  summary: 'API and compute under an even load for an hour: whether memory or handles grow',
  run: async ({ scale }) =>
    await withService(
      {
        ...{ generator: 'src/soak/generator.ts', probe: 'src/soak/probe.ts' },
        // A page is stale a second after it was made, and asked for again after twelve: every request has it made anew.
        env: { [environmentNames.freshMs]: '1000' },
      },
      (service) => soak(service, Math.max(120, seconds * scale)),
    ),
};

async function soak({ api, compute, generator }: Service, total: number): Promise<readonly Measure[]> {
  const warm = Math.max(warmUp.seconds, total * warmUp.share);
  const found: Record<'api' | 'compute', (Look & { atMs: number })[]> = { api: [], compute: [] };
  let last: Line = {};
  // In short steps: a process that says nothing for minutes counts as stuck.
  for (let past = 0; past < total; past += lookEverySeconds) {
    last = await generator.ask(`go ${String(lookEverySeconds)}`);
    if (past < warm) continue;
    found.api.push({ atMs: performance.now(), ...(await lookAt(api)) });
    found.compute.push({ atMs: performance.now(), ...(await lookAt(compute)) });
  }
  return [
    ...measuresOf('api', found.api),
    ...measuresOf('compute', found.compute),
    { name: 'soak.answers', value: numberIn(last, 'made'), unit: 'answers' },
    { name: 'soak.other', value: numberIn(last, 'other'), unit: 'requests', goal: { atMost: 0 } },
  ];
}

async function lookAt({ pid, probe, usage }: ServerProcess): Promise<Look> {
  if (probe === undefined) throw new BenchFailure('The process was started without a probe.');
  const line = parseLine(await (await fetch(probe)).text());
  return {
    rssMiB: usage().rssMiB,
    liveMiB: numberIn(line, 'bytes') / 1_048_576,
    handles: numberIn(line, 'handles'),
    files: readdirSync(`/proc/${String(pid)}/fd`).length,
  };
}

function measuresOf(process: string, looks: Looks): readonly Measure[] {
  const of = (key: keyof Look): readonly Sample[] => looks.map((look) => ({ atMs: look.atMs, value: look[key] }));
  const quarter = Math.ceil(looks.length / 4);
  const grown = (key: keyof Look): number => {
    const values = looks.map((look) => look[key]);
    return median(values.slice(-quarter)) - median(values.slice(0, quarter));
  };
  return [
    { name: `soak.${process}.rss`, value: median(looks.map(({ rssMiB }) => rssMiB)), unit: 'MiB' },
    { name: `soak.${process}.rss.slope`, value: slopePerHour(of('rssMiB')), unit: 'MiB/h', goal: { atMost: 1 } },
    { name: `soak.${process}.live`, value: median(looks.map(({ liveMiB }) => liveMiB)), unit: 'MiB' },
    { name: `soak.${process}.live.slope`, value: slopePerHour(of('liveMiB')), unit: 'MiB/h', goal: { atMost: 1 } },
    { name: `soak.${process}.handles.grown`, value: grown('handles'), unit: 'handles', goal: { atMost: 0 } },
    { name: `soak.${process}.files.grown`, value: grown('files'), unit: 'files', goal: { atMost: 0 } },
  ];
}
