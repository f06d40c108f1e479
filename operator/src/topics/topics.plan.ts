import {
  parseDuration,
  parseQuantity,
  type PlannedChange,
  type TagServiceSpec,
  type TagServiceStatus,
  type TopicSettings,
} from '@tagservice/crd';
import type { TopicDescription, TopicSpec } from '@tagservice/event-bus/topic-admin';
import type { Names } from '../children/names.ts';

/** What status said of a topic after the last look. */
export type TopicRecord = NonNullable<TagServiceStatus['topics']>[number];

/** A topic that a resource declares. */
export type WantedTopic = TopicSpec & {
  /** Partitions may be added although messages of one key then go to two of them. */
  readonly allowRekeying: boolean;
  /** Path of its section in the resource. */
  readonly field: string;
};

/** How the changes are to be made. */
export type ChangeRules = {
  readonly driftPolicy: TagServiceSpec['kafka']['driftPolicy'];
  /** Bytes a second for each broker while copies move. */
  readonly throttle: number;
};

/** A setting that is not as declared. Values as texts. */
export type Difference = {
  readonly setting: string;
  readonly found: string;
  readonly wanted: string;
  /** It was as declared before, and the declaration has not changed since: somebody altered it in Kafka. */
  readonly drift: boolean;
};

/** What is to be done about one topic. */
export type TopicPlan =
  | { readonly kind: 'create'; readonly spec: WantedTopic; /** It was there before. */ readonly deleted: boolean }
  | {
      readonly kind: 'change';
      readonly spec: WantedTopic;
      readonly found: TopicDescription;
      /** Differences to act upon. */
      readonly changes: readonly Difference[];
      /** Drift that is only reported. */
      readonly reported: readonly Difference[];
    };

/** The topics that a resource declares. */
export function wantedTopics(kafka: TagServiceSpec['kafka'], topics: Names['topics']): readonly WantedTopic[] {
  return (['requests', 'results', 'deadLetters'] as const).map((name) =>
    wantedTopic(topics[name], `spec.kafka.${name}`, kafka[name]),
  );
}

function wantedTopic(name: string, field: string, settings: TopicSettings): WantedTopic {
  return {
    name,
    field,
    partitions: settings.partitions,
    replicationFactor: settings.replicationFactor,
    allowRekeying: settings.allowRekeying,
    configs: {
      'min.insync.replicas': String(settings.minInSyncReplicas),
      'retention.ms': String(parseDuration(settings.retention)),
      // A broker whose default is to compact would drop all but the newest request of a URL, its job included.
      'cleanup.policy': 'delete',
    },
  };
}

/** The rules of a resource for changing its topics. */
export function changeRules({ driftPolicy, replicationThrottle }: TagServiceSpec['kafka']): ChangeRules {
  return { driftPolicy, throttle: parseQuantity(replicationThrottle) };
}

/** The declared settings of a topic by name, as status records them. */
export function settingsOf({ partitions, replicationFactor, configs }: TopicSpec): Readonly<Record<string, string>> {
  return { partitions: String(partitions), replicationFactor: String(replicationFactor), ...configs };
}

/** What to do so that each topic is as declared. Topics that nobody declared are never looked at. */
export function planTopics(options: {
  readonly wanted: readonly WantedTopic[];
  readonly found: readonly TopicDescription[];
  readonly last: readonly TopicRecord[];
  readonly rules: ChangeRules;
}): readonly TopicPlan[] {
  return options.wanted.map((spec) => {
    const found = options.found.find(({ name }) => name === spec.name);
    const last = options.last.find(({ name }) => name === spec.name);
    if (found === undefined) return { kind: 'create', spec, deleted: last?.id !== undefined };
    const report = options.rules.driftPolicy === 'Report';
    const only = ({ drift }: Difference): boolean => report && drift;
    const copiesStay = report && last?.applied?.['replicationFactor'] === String(spec.replicationFactor);
    const now = copiesStay ? settingsOf(spec) : settingsNow(spec, found);
    const differences = differencesOf({ spec, found, now }, last?.applied);
    return {
      kind: 'change',
      spec,
      found,
      changes: differences.filter((difference) => !only(difference)),
      reported: differences.filter(only),
    };
  });
}

type Compared = {
  readonly spec: WantedTopic;
  readonly found: TopicDescription;
  readonly now: Readonly<Record<string, string>>;
};

/** Settings that are not as declared. On a topic made anew by somebody everything that differs is drift too. */
function differencesOf({ spec, found, now }: Compared, applied: TopicRecord['applied'] = {}): Difference[] {
  const present = foundSettings(spec, found);
  const declared = settingsOf(spec);
  return Object.entries(now)
    .filter(([setting, wanted]) => present[setting] !== wanted)
    .map(([setting, wanted]) => {
      const drift = applied[setting] === declared[setting] && wanted === declared[setting];
      return { setting, found: present[setting] ?? '', wanted, drift };
    });
}

/**
 * The settings to be had now. In-sync copies are asked for when they are there and not when they are declared: while copies are made Kafka counts
 * the empty ones among the replicas, and would refuse every write until enough of them are filled.
 */
export function settingsNow(spec: WantedTopic, found: TopicDescription): Readonly<Record<string, string>> {
  return { ...settingsOf(spec), [IN_SYNC]: String(inSyncNow(spec, found)) };
}

/** How many copies must have a write before it is accepted. */
export const IN_SYNC = 'min.insync.replicas';

function inSyncNow(spec: WantedTopic, { places, replicationFactor, configs }: TopicDescription): number {
  const declared = Number(spec.configs[IN_SYNC]);
  const copies = Math.min(declared, Math.max(1, replicationFactor));
  const present = Number(configs[IN_SYNC]);
  const filled = places.every(({ inSync }) => inSync.length >= declared);
  // A broker that is away is no reason to ask for less; only what asks for less already waits.
  return filled || !(present >= 1 && present < copies) ? copies : present;
}

function foundSettings(spec: WantedTopic, found: TopicDescription): Readonly<Record<string, string>> {
  const configs = Object.keys(spec.configs).map((key) => [key, found.configs[key] ?? ''] as const);
  const uneven = found.places.find(({ replicas }) => replicas.length !== spec.replicationFactor)?.replicas.length;
  return {
    partitions: String(found.partitions),
    replicationFactor: String(uneven ?? found.replicationFactor),
    ...Object.fromEntries(configs),
  };
}

/** The plan as the resource shows it in mode Plan. */
export function plannedChanges(plans: readonly TopicPlan[]): PlannedChange[] {
  return plans.flatMap((plan): PlannedChange[] => {
    const object = `Topic/${plan.spec.name}`;
    if (plan.kind === 'create') return [{ object, action: 'create' }];
    if (plan.changes.length === 0) return [];
    const fields = plan.changes.map(({ setting, found, wanted }) => ({ field: setting, found, wanted }));
    return [{ object, action: 'update', fields }];
  });
}
