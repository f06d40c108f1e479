import type { Measure } from '../measure.ts';
import { median, percentile } from '../statistics.ts';
import type { RunFigures, Stretch } from './contest.ts';

/** What one run says about one operator, as single figures. */
type Figure = { readonly name: string; readonly unit: string; of(run: RunFigures): number };

const perSecond = (count: number, { ms }: Stretch): number => (count * 1000) / ms;
const perThousand = ({ cpuSeconds, reconciles }: Stretch): number => (cpuSeconds * 1000) / reconciles;

/** In the order of the report. Rates: more is better; everything else: less is better. */
function figuresFor(widgets: number): readonly Figure[] {
  return [
    { name: 'start', unit: 'ms', of: (run) => run.startMs },
    { name: 'cold', unit: 'ms', of: (run) => run.coldMs },
    { name: 'create.rate', unit: 'objects/s', of: ({ create }) => perSecond(widgets, create) },
    { name: 'update.rate', unit: 'objects/s', of: ({ update }) => perSecond(widgets, update) },
    { name: 'resync.rate', unit: 'reconciles/s', of: ({ resync }) => perSecond(resync.reconciles, resync) },
    { name: 'drift.p50', unit: 'ms', of: ({ driftMs }) => percentile(driftMs, 50) },
    { name: 'drift.p99', unit: 'ms', of: ({ driftMs }) => percentile(driftMs, 99) },
    { name: 'create.cpu', unit: 's/1000-objects', of: ({ create }) => (create.cpuSeconds * 1000) / widgets },
    { name: 'update.cpu', unit: 's/1000-objects', of: ({ update }) => (update.cpuSeconds * 1000) / widgets },
    { name: 'resync.cpu', unit: 's/1000-reconciles', of: ({ resync }) => perThousand(resync) },
    { name: 'create.reconciles', unit: 'per-object', of: ({ create }) => create.reconciles / widgets },
    { name: 'create.requests', unit: 'per-object', of: ({ create }) => create.requests / widgets },
    { name: 'resync.requests', unit: 'per-reconcile', of: ({ resync }) => resync.requests / resync.reconciles },
    { name: 'rest.cpu', unit: 's/min', of: (run) => run.restCpu },
    { name: 'rest.rss', unit: 'MiB', of: (run) => run.rssMiB },
    { name: 'rest.heap', unit: 'MiB', of: (run) => run.anonymousMiB },
    { name: 'peak.rss', unit: 'MiB', of: (run) => run.peakMiB },
  ];
}

/** Measures of one operator beside the reference: of each figure the median over the rounds. */
export function compare(options: {
  prefix: string;
  widgets: number;
  runs: readonly RunFigures[];
  reference: readonly RunFigures[];
}): readonly Measure[] {
  const { prefix, widgets, runs, reference } = options;
  return figuresFor(widgets).map(({ name, unit, of }) => ({
    name: `${prefix}.${name}`,
    unit,
    value: median(runs.map(of)),
    reference: median(reference.map(of)),
    referenceName: 'Go on controller-runtime v0.25.2',
  }));
}
