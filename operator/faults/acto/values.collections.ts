import type { Field } from './fields.ts';
import type { Choices } from './values.choices.ts';

type Make = (index: number) => unknown;

/** Entries of lists, all different. */
const ITEMS: readonly (readonly [text: RegExp, make: Make])[] = [
  [/pullSecrets$/, (index) => `pull-${String(index)}`],
  [/tolerations$/, (index) => ({ key: `taint-${String(index)}`, operator: 'Exists' })],
  [/env$/, (index) => ({ name: `V_${String(index)}`, value: String(index) })],
  [/(allowedNetworks|trustedProxies)$/, (index) => `10.${String(index)}.0.0/16`],
  [/brokers$/, (index) => `127.0.0.1:${String(1_000 + index)}`],
  [/freeze$/, (index) => ['Rollout', 'Scaling', 'Topics', 'Unheard'][index]],
];

/** Resources that a pod may ask for, and how much of them: more than the requests and less than the limits that we set by ourselves. */
const RESOURCES = [
  ['cpu', '150m'],
  ['memory', '300Mi'],
  ['ephemeral-storage', '1Gi'],
] as const;

/** Of lists and maps: empty, one, and as many as may be; and one more. */
export function collections({ text, node }: Field): Choices {
  if (node.additionalProperties !== undefined) return maps(text, Number(node['maxProperties']));
  const make = ITEMS.find(([pattern]) => pattern.test(text))?.[1] ?? String;
  const list = (length: number): unknown[] => Array.from({ length }, (_none, index) => make(index));
  const { maxItems = 0, minItems = 0 } = node as { maxItems?: number; minItems?: number };
  return {
    valid: { ...(minItems === 0 && { none: [] }), one: list(1), 'as many as may be': list(maxItems) },
    invalid: {
      'one too many': list(maxItems + 1),
      'the same twice': [make(0), make(0)],
      'no list': 'text',
      'an item of another type': [[]],
      ...(minItems > 0 && { none: [] }),
    },
  };
}

function maps(text: string, most: number): Choices {
  const isResource = /resources\.\w+$/.test(text);
  const entry = isResource
    ? resource
    : (index: number) => [`example.com/key-${String(index)}`, `value-${String(index)}`];
  const map = (size: number): object =>
    Object.fromEntries(Array.from({ length: size }, (_none, index) => entry(index)));
  return {
    valid: {
      none: {},
      one: map(1),
      [isResource ? 'all that pods know' : 'as many as may be']: map(isResource ? RESOURCES.length : most),
    },
    invalid: {
      'one too many': map(most + 1),
      'no map': 'text',
      'a list': ['text'],
      'a value of another type': { 'example.com/key': {} },
    },
  };
}

const resource = (index: number): readonly [string, string] =>
  RESOURCES[index] ?? [`example.com/device-${String(index)}`, '1'];
