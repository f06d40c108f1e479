import { parseDuration, parseQuantity } from '@tagservice/crd';
import { PARTITIONS } from '../runs/runs.ts';
import type { Field } from './fields.ts';
import type { Value } from './values.ts';

/** Fields that cannot change while a service lives. */
const IMMUTABLE = /^spec\.(kafka\.topicPrefix|redis\.storage\.(size|className))$/;
export const isImmutable = ({ text }: Field): boolean => IMMUTABLE.test(text);

/** Kafka never gives partitions back: values for them need a service of their own. */
const ONLY_GROWING = /\.partitions$/;
export const isOnlyGrowing = ({ text }: Field): boolean => ONLY_GROWING.test(text);

/** What the machine under the test cannot hold; the API server is asked about it all the same. */
export const TOO_MUCH: readonly { readonly text: RegExp; readonly above: number; readonly reason: string }[] = [
  { text: /scaling\.\w+\.min$/, above: 8, reason: 'a thousand pods' },
  { text: /\.partitions$/, above: 40, reason: 'a thousand partitions of each of three topics' },
];

export function isTooMuch({ field, value }: Value): boolean {
  return TOO_MUCH.some(({ text, above }) => text.test(field.text) && Number(value) > above);
}

/** Fields that show nowhere while nothing else happens, and where their effect is tried. */
export const ELSEWHERE: readonly { readonly text: RegExp; readonly reason: string }[] = [
  { text: /^spec\.kafka\.deletionPolicy$/, reason: 'counts at deletion: run recreate, suite namespaces' },
  { text: /^spec\.kafka\.driftPolicy$/, reason: 'counts when somebody alters a topic: operator/src/topics' },
  {
    text: /^spec\.kafka\.replicationThrottle$/,
    reason: 'counts while copies move: operator/src/topics/topics.move.spec.ts',
  },
  { text: /\.allowRekeying$/, reason: 'counts when partitions grow: run topics, operator/src/topics' },
  {
    text: /^spec\.kafka\.sasl\.mechanism$/,
    reason: 'counts where a broker asks for a login: operator/src/kafka/kafka-access.integration.spec.ts',
  },
  { text: /^spec\.revisionHistoryLimit$/, reason: 'counts the records of revisions: operator/src/rollout' },
];

/** Where the effect of a field is tried; undefined: it has to show here. */
export function elsewhere({ text }: Field): string | undefined {
  return ELSEWHERE.find((one) => one.text.test(text))?.reason;
}

/** Values that mean the same, in another spelling or but for what is lost in rounding, are one. */
export function meaningOf({ field, value }: Value): string {
  const type = field.node['x-tagservice-type'];
  const text = value === undefined ? field.node.default : value;
  // There are never more workers than partitions.
  if (field.text === 'spec.scaling.compute.max') return String(Math.min(Number(text), PARTITIONS));
  if (typeof text !== 'string') return JSON.stringify(text ?? null);
  if (type === 'duration') return String(Math.round(parseDuration(text) / ROUNDED_MS));
  if (type === 'quantity') return String(Math.round(parseQuantity(text) / ROUNDED_BYTES));
  return text;
}

const ROUNDED_MS = 2_000;
const ROUNDED_BYTES = 2 ** 20;

/** A value that a running service can take. One that it cannot take back needs a service of its own, but for the refusal of a change. */
export function isChange(value: Value): boolean {
  return value.valid && !isOnlyGrowing(value.field) && !isTooMuch(value);
}

/** What is not tried on a running service, and why. */
export function whyElsewhere(): string[] {
  return [
    ...ELSEWHERE.map(({ text, reason }) => `declared: ${text.source} shows nowhere here: ${reason}`),
    ...TOO_MUCH.map(
      ({ text, above, reason }) =>
        `declared: ${text.source} above ${String(above)} is for the API server only: ${reason}`,
    ),
  ];
}
