import type { Cache } from '@tagservice/controller-runtime';
import { defaultTopicPrefix } from '@tagservice/contracts';
import { TagServices, type TagServiceObject } from '../resource.ts';

/** Name of the index of TagServices by the topics that they need; the composition root declares it. */
export const PREFIX_INDEX = 'topic-prefix';

type Kafka = { readonly topicPrefix?: string; readonly brokers?: readonly string[] };

const kafkaOf = ({ spec }: TagServiceObject): Kafka => (spec as { kafka?: Kafka } | undefined)?.kafka ?? {};

/** The prefix as Kafka tells topics apart: it refuses a topic whose name differs from another's only in `.` and `_`. */
export function prefixKey(prefix: string): string {
  return prefix.replaceAll('.', '_');
}

function prefixOf(object: TagServiceObject): string {
  const { namespace = '', name } = object.metadata;
  return kafkaOf(object).topicPrefix ?? defaultTopicPrefix(namespace, name);
}

/** Under which value a TagService is filed. */
export const prefixIndex = (object: TagServiceObject): readonly string[] => [prefixKey(prefixOf(object))];

/**
 * Which TagService may use topics that several declare: the oldest. Two are in each other's way when their topics would have the same names at a
 * broker that both name; the same prefix in two Kafka clusters is no conflict. (Two lists of addresses of one cluster that share none cannot be
 * told from two clusters.)
 */
export class PrefixClaims {
  readonly #cache: Cache;
  /** By prefix, who was let through: ages are whole seconds, so of two of one second the one that was let through keeps its place. */
  readonly #granted = new Map<string, string>();

  constructor(cache: Cache) {
    this.#cache = cache;
  }

  /** The TagService that holds the topics instead; undefined when this one may use them. */
  holder(object: TagServiceObject): TagServiceObject | undefined {
    const [key = ''] = prefixIndex(object);
    const rivals = this.#cache.store(TagServices).byIndex(PREFIX_INDEX, key);
    const better = rivals.find((rival) => sharesBroker(rival, object) && this.#comesFirst(rival, object, key));
    if (better === undefined) this.#granted.set(key, object.metadata.uid);
    return better;
  }

  /** A sentence for the one that has to wait. */
  explain(object: TagServiceObject, holder: TagServiceObject): string {
    const { namespace = '', name } = holder.metadata;
    return `spec.kafka.topicPrefix ${prefixOf(object)} gives the same topics as ${prefixOf(holder)} of TagService ${namespace}/${name}, which is older and keeps them: create this TagService anew with another topicPrefix, or delete ${namespace}/${name}`;
  }

  #comesFirst(rival: TagServiceObject, object: TagServiceObject, key: string): boolean {
    if (rival.metadata.uid === object.metadata.uid) return false;
    const [theirs, ours] = [ageOf(rival), ageOf(object)];
    if (theirs !== ours) return theirs < ours;
    const granted = this.#granted.get(key);
    if (granted === rival.metadata.uid || granted === object.metadata.uid) return granted === rival.metadata.uid;
    if (hasTopics(rival) !== hasTopics(object)) return hasTopics(rival);
    return nameOf(rival) < nameOf(object);
  }
}

const ageOf = ({ metadata }: TagServiceObject): number => Date.parse(metadata.creationTimestamp ?? '') || 0;
const nameOf = ({ metadata }: TagServiceObject): string => `${metadata.namespace ?? ''}/${metadata.name}`;
const hasTopics = ({ status }: TagServiceObject): boolean => status?.topics?.some(({ ready }) => ready) ?? false;

function sharesBroker(one: TagServiceObject, other: TagServiceObject): boolean {
  const brokers = new Set(kafkaOf(one).brokers?.map((broker) => broker.toLowerCase()));
  return kafkaOf(other).brokers?.some((broker) => brokers.has(broker.toLowerCase())) ?? false;
}
