import type { Value } from './values.ts';

type Json = Record<string, unknown>;

/** What has to stand beside a value so that rules about several fields hold. */
export type Beside = {
  /** In the same object. */
  readonly siblings?: Json;
  /** Anywhere in the spec. */
  readonly around?: Json;
};

/** What a new entry of a list has whatever is tried in it. */
export const ITEM_BASES: Readonly<Record<string, Json>> = {
  'spec.api.pod.env': { name: 'TRIED' },
  'spec.compute.pod.env': { name: 'TRIED' },
};

type Rule = readonly [text: RegExp, beside: (value: unknown) => Beside];

const siblings = (object: Json) => (): Beside => ({ siblings: object });

const RULES: readonly Rule[] = [
  [/env\[\]\.name$/, siblings({ value: '1' })],
  [/env\[\]\.valueFrom\.\w+\.name$/, siblings({ key: 'key', optional: true })],
  [/env\[\]\.valueFrom\.\w+\.key$/, siblings({ name: 'missing', optional: true })],
  [/env\[\]\.valueFrom\.\w+\.optional$/, siblings({ name: 'missing', key: 'key' })],
  [/tolerations\[\]\.key$/, (value) => ({ siblings: { operator: value === '' ? 'Exists' : 'Equal' } })],
  [/tolerations\[\]\.tolerationSeconds$/, siblings({ key: 'taint', effect: 'NoExecute' })],
  [/tolerations\[\]\./, siblings({ key: 'taint' })],
  [/cache\.freshFor$/, siblings({ serveStaleFor: '365d' })],
  [/cache\.serveStaleFor$/, siblings({ freshFor: '1s' })],
  [/priorities\.critical$/, siblings({ normal: 0, bulk: 0 })],
  [/priorities\.normal$/, siblings({ critical: 0, bulk: 0 })],
  [/priorities\.bulk$/, siblings({ critical: 0, normal: 0 })],
  [/minInSyncReplicas$/, (value) => ({ siblings: { replicationFactor: Math.max(1, Number(value ?? 2)) } })],
  [/scaling\.\w+\.min$/, siblings({ max: 1_000 })],
  [/scaling\.\w+\.max$/, siblings({ min: 1 })],
  [
    /acknowledgingReplicas$/,
    (value) => ({ around: { redis: { replicas: Math.min(9, Math.max(1, Number(value) + 1)) } } }),
  ],
  [/(ca|keys)SecretRef\.key$/, siblings({ name: 'missing' })],
  [/jwksUrl$/, siblings({ issuer: 'https://a', audience: 'tags' })],
  [/sasl\.mechanism$/, siblings({ secretRef: { name: 'missing' } })],
  [/sasl\.secretRef\.name$/, () => ({ around: { kafka: { sasl: { mechanism: 'PLAIN' } } } })],
];

/** What stands beside a value. */
export function besideOf({ field: { text }, value }: Value): Beside {
  return RULES.find(([pattern]) => pattern.test(text))?.[1](value) ?? {};
}
