import type { Registry } from 'prom-client';
import type { Exemplar } from './series-histogram.ts';

/** What Prometheus asks for where it keeps exemplars. */
export const OPENMETRICS_TYPE = 'application/openmetrics-text; version=1.0.0; charset=utf-8';

/** Whether an `Accept` header names the format. Who names it can read it, whatever the weights are. */
export function acceptsOpenMetrics(accept: string | undefined): boolean {
  return accept?.toLowerCase().includes('application/openmetrics-text') ?? false;
}

type Sample = {
  readonly value: number;
  readonly labels: Readonly<Record<string, string | number | undefined>>;
  readonly metricName?: string;
  /** prom-client writes null for none. */
  readonly exemplar?: Exemplar | null;
};

/**
 * All metrics as OpenMetrics text 1.0, exemplars included. The registry has a writer of its own, but it renames its counters for good when it is
 * used: here one registry is read in both formats.
 */
export async function openMetricsText(registry: Registry): Promise<string> {
  const families = await registry.getMetricsAsJSON();
  const lines = families.flatMap(({ name, help, type, values }) => {
    // prom-client gives its types as an enumeration, whose values are the words.
    const isCounter = String(type) === 'counter';
    const family = isCounter ? name.replace(/_total$/, '') : name;
    const plain = isCounter ? `${family}_total` : family;
    const samples = (values as readonly Sample[]).map((sample) => sampleLine(sample.metricName ?? plain, sample));
    return [`# TYPE ${family} ${String(type)}`, `# HELP ${family} ${escaped(help)}`, ...samples];
  });
  return [...lines, '# EOF', ''].join('\n');
}

function sampleLine(name: string, { labels, value, exemplar }: Sample): string {
  const line = `${name}${labelsText(labels)} ${numberText(value)}`;
  if (exemplar === undefined || exemplar === null) return line;
  const { labelSet, value: example, timestamp } = exemplar;
  return `${line} # ${labelsText(labelSet) || '{}'} ${numberText(example)} ${timestamp.toFixed(3)}`;
}

function labelsText(labels: Sample['labels']): string {
  const pairs = Object.entries(labels).map(([name, value = '']) => `${name}="${escaped(boundText(name, value))}"`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

/** Bounds of buckets and quantiles are written as floating point numbers, so that one is the same text everywhere. */
const boundText = (name: string, value: string | number): string =>
  (name === 'le' || name === 'quantile') && Number.isInteger(value) ? `${String(value)}.0` : String(value);

function numberText(value: number): string {
  if (Number.isFinite(value) || Number.isNaN(value)) return String(value);
  return value > 0 ? '+Inf' : '-Inf';
}

const escaped = (text: string): string => text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('"', '\\"');
