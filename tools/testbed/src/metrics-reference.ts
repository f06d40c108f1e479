import type { Registry } from 'prom-client';

interface Described {
  readonly name: string;
  readonly help: string;
  readonly type: string;
  readonly labelNames: readonly string[];
}

/** Metrics of Node and of the process, which are the same everywhere. */
const COMMON = /^(nodejs|process)_/;

/** The reference of the metrics that a process registers, as Markdown: what each is, and its labels. */
export function metricsReference(process: string, registry: Registry): string {
  const metrics = (registry.getMetricsAsArray() as unknown as readonly Described[]).filter(
    ({ name }) => !COMMON.test(name),
  );
  const rows = metrics
    .toSorted((left, right) => left.name.localeCompare(right.name, 'en'))
    .map(({ name, type, labelNames, help }) => `| \`${name}\` | ${type} | ${labelNames.join(', ')} | ${help} |`);
  return `<!-- Generated from the registry of the running process by \`npm run generate\`. Do not edit. -->

# Metrics of ${process}

Beside these \`/metrics\` serves those of the process and of Node (\`process_*\`, \`nodejs_*\`: processor time, memory, garbage collection, handles, delay of the
event loop). No label holds a URL, a host of a page, a tag or a caller: there are as many
series as routes, reasons and resources, however much is asked.

| Metric | Type | Labels | Meaning |
| --- | --- | --- | --- |
${rows.join('\n')}
`;
}
