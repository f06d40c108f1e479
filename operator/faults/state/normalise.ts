import type { KubeObject } from '@tagservice/controller-runtime';
import type { TopicDescription } from '@tagservice/event-bus';
import { essenceOf } from './essence.ts';
import { canonical, maskAll, Renamer, withAliases, type Alias } from './mask.ts';
import { podCounts } from './pods.ts';
import { secretWords, withoutSecrets } from './secrets.ts';

/** Everything that stands in one namespace, and its topics. */
export type Snapshot = {
  readonly objects: readonly KubeObject[];
  readonly topics: readonly TopicDescription[];
};

export type NormaliseOptions = {
  /** Words of this run and what stands for them. */
  readonly aliases: readonly Alias[];
  /** Names of Secrets whose values are compared as they are, because this run gave them. */
  readonly knownSecrets?: readonly string[];
};

/** A state in words that are the same for every run that ends in it. */
export type NormalState = {
  /** Kind and name of each object -> its essence; besides `pods` and `topics`. */
  readonly parts: Readonly<Record<string, unknown>>;
  /** One text for the whole: equal states have equal texts. */
  readonly text: string;
};

/** Brings a snapshot into words that do not depend on chance. */
export function normalise({ objects, topics }: Snapshot, options: NormaliseOptions): NormalState {
  const renamer = new Renamer();
  // Revisions have an order of their own: whose hash comes first in a text is chance.
  for (const id of revisionIds(objects)) renamer.symbolOf('name', id);
  const essences = objects
    .filter(({ kind }) => kind !== 'Pod')
    .map(essenceOf)
    .map((essence) => withAliases(canonical(essence), options.aliases))
    .map((text) => ({ text, order: maskAll(text) }))
    .toSorted((left, right) => (left.order < right.order ? -1 : 1))
    .map(({ text }) => JSON.parse(renamer.rename(text)) as Essence);
  const told = withoutValues(essences, { renamer, known: options.knownSecrets ?? [] });
  const parts: Record<string, unknown> = {};
  for (const essence of told) parts[freeName(parts, `${essence.kind} ${essence.metadata.name}`)] = essence;
  parts['pods'] = podCounts(objects.filter(({ kind }) => kind === 'Pod'));
  parts['topics'] = JSON.parse(withAliases(canonical(topicStates(topics)), options.aliases));
  return { parts, text: canonical(parts) };
}

/** The hashes in the names of revisions, the oldest first. */
function revisionIds(objects: readonly KubeObject[]): readonly string[] {
  const numberOf = (object: KubeObject): number => (object as { spec?: { number?: number } }).spec?.number ?? 0;
  return objects
    .filter(({ kind }) => kind === 'TagServiceRevision')
    .toSorted((left, right) => numberOf(left) - numberOf(right))
    .map(({ metadata }) => metadata.name.split('-').at(-1) ?? '');
}

type Essence = { kind: string; metadata: { name: string }; data?: Record<string, string> };

/** The same without values of Secrets, those of known ones left out. */
function withoutValues(
  essences: readonly Essence[],
  { renamer, known }: { renamer: Renamer; known: readonly string[] },
): readonly Essence[] {
  const isHidden = ({ kind, metadata }: Essence): boolean => kind === 'Secret' && !known.includes(metadata.name);
  const words = secretWords(
    essences.filter(isHidden).map(({ data = {} }) => data),
    renamer,
  );
  return essences.map((essence) =>
    !isHidden(essence) || essence.data === undefined
      ? essence
      : { ...essence, data: withoutSecrets(essence.data, { words, renamer }) },
  );
}

function freeName(parts: Readonly<Record<string, unknown>>, wanted: string): string {
  let name = wanted;
  for (let count = 2; name in parts; count++) name = `${wanted} (${String(count)})`;
  return name;
}

function topicStates(topics: readonly TopicDescription[]): unknown {
  return topics
    .map(({ name, partitions, replicationFactor, configs, overrides }) => ({
      name,
      partitions,
      replicationFactor,
      configs: Object.fromEntries(overrides.toSorted().map((key) => [key, configs[key]])),
    }))
    .toSorted((left, right) => (left.name < right.name ? -1 : 1));
}
