import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

type Definition = { name: string; help: string; labelNames: readonly string[] };

/** The counter of this name in the registry, made on first use: several caches or managers of a process share one registry. */
export function counter(registry: Registry, definition: Definition): Counter {
  const known = registry.getSingleMetric(definition.name);
  return known instanceof Counter
    ? known
    : new Counter({ ...definition, labelNames: [...definition.labelNames], registers: [registry] });
}

/** The gauge of this name in the registry, made on first use. */
export function gauge(registry: Registry, definition: Definition): Gauge {
  const known = registry.getSingleMetric(definition.name);
  return known instanceof Gauge
    ? known
    : new Gauge({ ...definition, labelNames: [...definition.labelNames], registers: [registry] });
}

/** The histogram of this name in the registry, made on first use. Values are seconds. */
export function histogram(registry: Registry, definition: Definition & { buckets: readonly number[] }): Histogram {
  const known = registry.getSingleMetric(definition.name);
  if (known instanceof Histogram) return known;
  const { labelNames, buckets, ...rest } = definition;
  return new Histogram({ ...rest, labelNames: [...labelNames], buckets: [...buckets], registers: [registry] });
}
