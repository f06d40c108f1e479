import { Counter, Gauge, Histogram, Registry, Summary } from 'prom-client';
import { beforeEach, describe, expect, it } from 'vitest';
import { acceptsOpenMetrics, openMetricsText } from './openmetrics.ts';
import { SeriesHistogram } from './series-histogram.ts';

let registry: Registry;
beforeEach(() => {
  registry = new Registry();
  registry.setDefaultLabels({ service: 'demo' });
});

const linesOf = async (): Promise<string[]> => (await openMetricsText(registry)).split('\n');

describe('metrics as OpenMetrics', () => {
  it('have counters whose family lacks the ending that its samples have', async () => {
    new Counter({ name: 'demo_calls_total', help: 'Calls.', registers: [registry] }).inc(3);
    expect(await linesOf()).toEqual([
      ...['# TYPE demo_calls counter', '# HELP demo_calls Calls.', 'demo_calls_total{service="demo"} 3'],
      ...['# EOF', ''],
    ]);
  });

  it('have gauges, histograms and summaries as they are, with floating point bounds', async () => {
    new Gauge({ name: 'demo_level', help: 'A level.', registers: [registry] }).set(Infinity);
    const time = new Histogram({ name: 'demo_seconds', help: 'Time.', buckets: [0.5, 1], registers: [registry] });
    time.observe(0.7);
    const size = new Summary({ name: 'demo_bytes', help: 'Size.', percentiles: [0.5], registers: [registry] });
    size.observe(2);
    const lines = await linesOf();
    expect(lines).toContain('demo_level{service="demo"} +Inf');
    expect(lines.filter((line) => line.startsWith('demo_seconds'))).toEqual([
      'demo_seconds_bucket{le="0.5",service="demo"} 0',
      'demo_seconds_bucket{le="1.0",service="demo"} 1',
      'demo_seconds_bucket{le="+Inf",service="demo"} 1',
      'demo_seconds_sum{service="demo"} 0.7',
      'demo_seconds_count{service="demo"} 1',
    ]);
    expect(lines).toContain('demo_bytes{quantile="0.5",service="demo"} 2');
    expect(lines).toContain('demo_bytes_count{service="demo"} 1');
  });

  it('escape what would end a label or a line', async () => {
    const gauge = new Gauge({
      name: 'demo_level',
      help: 'One\\two\nthree.',
      labelNames: ['path'],
      registers: [registry],
    });
    gauge.set({ path: 'a"b\\c\nd' }, 1);
    expect(await linesOf()).toEqual([
      '# TYPE demo_level gauge',
      '# HELP demo_level One\\\\two\\nthree.',
      'demo_level{path="a\\"b\\\\c\\nd",service="demo"} 1',
      ...['# EOF', ''],
    ]);
  });

  it('leave the registry as it was: the former format has its names still', async () => {
    new Counter({ name: 'demo_calls_total', help: 'Calls.', registers: [registry] }).inc();
    const before = await registry.metrics();
    await linesOf();
    expect(await registry.metrics()).toBe(before);
  });

  it.each([
    ['application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.3', true],
    ['text/plain', false],
    ['*/*', false],
    [undefined, false],
  ])('are wanted by who accepts %j: %s', (accept, wanted) => {
    expect(acceptsOpenMetrics(accept)).toBe(wanted);
  });
});

describe('a histogram of series', () => {
  const made = (): SeriesHistogram<'route' | 'status'> =>
    new SeriesHistogram({
      ...{ name: 'demo_seconds', help: 'Time.', labelNames: ['route', 'status'], buckets: [0.1, 1], registry },
    });

  it('writes what the histogram of prom-client writes', async () => {
    const own = made();
    const theirs = new Registry();
    theirs.setDefaultLabels({ service: 'demo' });
    const peer = new Histogram({
      ...{
        name: 'demo_seconds',
        help: 'Time.',
        labelNames: ['route', 'status'],
        buckets: [0.1, 1],
        registers: [theirs],
      },
    });
    for (const [status, value] of [
      [200, 0.05],
      [200, 0.1],
      [200, 7],
      [404, 0.5],
      [200, 1],
    ] as const) {
      own.series({ route: '/v1/tags', status }).observe(value);
      peer.observe({ route: '/v1/tags', status }, value);
    }
    const sorted = async (one: Registry): Promise<string[]> =>
      (await one.metrics())
        .split('\n')
        .map((line) => line.replace(/\{(.*)\}/, (_, labels: string) => `{${labels.split(',').toSorted().join(',')}}`))
        .toSorted();
    expect(await sorted(registry)).toEqual(await sorted(theirs));
  });

  it('has one series for the same labels', () => {
    const histogram = made();
    expect(histogram.series({ route: 'a', status: 200 })).toBe(histogram.series({ status: '200', route: 'a' }));
    expect(histogram.series({ route: 'a', status: 200 })).not.toBe(histogram.series({ route: 'a', status: 404 }));
  });

  it('gives the newest trace of a bucket as its example', async () => {
    const series = made().series({ route: 'a', status: 200 });
    series.observe(0.02);
    series.observe(0.5, 'a1');
    series.observe(0.7, 'b2');
    series.observe(0.8);
    const lines = await linesOf();
    const example = / # \{trace_id="b2"\} 0\.7 \d{10}\.\d{3}$/;
    expect(lines.filter((line) => line.includes(' # '))).toEqual([expect.stringMatching(example)]);
    expect(lines.find((line) => line.includes(' # '))).toContain('le="1.0"');
  });

  it('starts again from nothing when its registry does', async () => {
    const series = made().series({ route: 'a', status: 200 });
    series.observe(5, 'a1');
    registry.resetMetrics();
    const lines = await linesOf();
    expect(lines).toContain('demo_seconds_count{route="a",status="200",service="demo"} 0');
    expect(lines.join('\n')).not.toContain('trace_id');
    series.observe(5);
    expect(await linesOf()).toContain('demo_seconds_sum{route="a",status="200",service="demo"} 5');
  });
});
