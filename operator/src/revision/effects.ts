/**
 * What a change of a field does. `revision`: a new revision is rolled out. `store`: the pods of Redis are replaced one by one, or their number
 * changes. `autoscalers`, `topics`: those are altered as they stand. `operator`: the operator itself acts differently. `fixed`: the API server
 * refuses the change.
 */
export type Effect = 'revision' | 'store' | 'autoscalers' | 'topics' | 'operator' | 'fixed';

export type FieldEffect = {
  /** A field of the spec with everything below it. The longest that fits counts. */
  readonly field: string;
  readonly effects: readonly Effect[];
  readonly note?: string;
};

/** Of every field of the spec what its change does; a test proves each row. Documented in docs/reference/changes.md. */
export const fieldEffects: readonly FieldEffect[] = [
  { field: 'spec.images.api', effects: ['revision'] },
  { field: 'spec.images.compute', effects: ['revision'] },
  { field: 'spec.images.redis', effects: ['store'] },
  { field: 'spec.images.pullPolicy', effects: ['revision', 'store'] },
  { field: 'spec.images.pullSecrets', effects: ['revision', 'store'] },
  { field: 'spec.api', effects: ['revision'] },
  { field: 'spec.compute', effects: ['revision'] },
  { field: 'spec.kafka.brokers', effects: ['revision'], note: 'The operator uses the new ones at once.' },
  { field: 'spec.kafka.tls', effects: ['revision'], note: 'The operator uses it at once.' },
  { field: 'spec.kafka.sasl', effects: ['revision'], note: 'The operator uses it at once.' },
  { field: 'spec.kafka.topicPrefix', effects: ['fixed'] },
  {
    field: 'spec.kafka.requests.partitions',
    effects: ['topics', 'autoscalers'],
    note: 'There are never more workers than partitions.',
  },
  { field: 'spec.kafka.requests', effects: ['topics'] },
  { field: 'spec.kafka.results', effects: ['topics'] },
  { field: 'spec.kafka.deadLetters', effects: ['topics'] },
  { field: 'spec.kafka.deletionPolicy', effects: ['operator'] },
  { field: 'spec.kafka.driftPolicy', effects: ['operator'] },
  { field: 'spec.kafka.replicationThrottle', effects: ['operator'] },
  {
    field: 'spec.redis.replicas',
    effects: ['store'],
    note: 'Where durability.acknowledgingReplicas is left out, a change from or to 1 makes a new revision as well.',
  },
  { field: 'spec.redis.storage', effects: ['fixed'] },
  { field: 'spec.redis.maxMemory', effects: ['store'] },
  { field: 'spec.redis.durability', effects: ['revision', 'store'] },
  { field: 'spec.scaling', effects: ['autoscalers'] },
  { field: 'spec.observability', effects: ['revision'] },
  {
    field: 'spec.network',
    effects: ['operator'],
    note: 'The NetworkPolicy of the workers is made or removed; pods stay as they are.',
  },
  { field: 'spec.revisionHistoryLimit', effects: ['operator'] },
  { field: 'spec.mode', effects: ['operator'] },
  { field: 'spec.freeze', effects: ['operator', 'autoscalers'], note: 'Only Scaling alters the autoscalers.' },
];

/** What a change of this field does; undefined for a field that nobody has thought about. */
export function effectsOf(field: string): FieldEffect | undefined {
  return fieldEffects
    .filter((entry) => field === entry.field || field.startsWith(`${entry.field}.`))
    .toSorted((one, other) => other.field.length - one.field.length)[0];
}
