import type { Registry } from 'prom-client';
import { resourceId, type Resource } from '../api/resource.ts';
import type { ReflectorObserver } from '../cache/reflector.ts';
import { counter, gauge } from './get-or-create.ts';

/** Counts lists, watches and failures of one kind under client-go's reflector names. */
export function reflectorObserver(registry: Registry, resource: Resource): ReflectorObserver {
  const labelNames = ['name'];
  const labels = { name: resourceId(resource) };
  const lists = counter(registry, { name: 'reflector_lists_total', help: 'Complete lists taken in.', labelNames });
  const items = gauge(registry, { name: 'reflector_items_per_list', help: 'Objects in the last list.', labelNames });
  const watches = counter(registry, { name: 'reflector_watches_total', help: 'Watches opened.', labelNames });
  const failures = counter(registry, {
    name: 'reflector_failures_total',
    help: 'Failed lists and watches.',
    labelNames,
  });
  return {
    listed: (count) => {
      lists.inc(labels);
      items.set(labels, count);
    },
    watching: () => {
      watches.inc(labels);
    },
    failed: () => {
      failures.inc(labels);
    },
  };
}
