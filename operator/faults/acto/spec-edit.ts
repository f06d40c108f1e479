import { besideOf, ITEM_BASES } from './companions.ts';
import type { Step } from './fields.ts';
import type { Value } from './values.ts';

type Json = Record<string, unknown>;

const isJson = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);

/** The spec with one value, and with what has to stand beside it. An item of a list is put behind those that are there. */
export function withValue(spec: object, value: Value): object {
  return descend(companionsOf(spec, value), value.field.path, value) as object;
}

/** The spec with only that which has to stand beside a value: what the value itself changes is the difference from this. */
export function companionsOf(spec: object, value: Value): object {
  return merged(spec as Json, besideOf(value).around ?? {});
}

function descend(found: unknown, [step, ...rest]: readonly Step[], value: Value): unknown {
  if (step === undefined) return value.value;
  if (step.kind === 'item') return [...((found as unknown[] | undefined) ?? []), item(rest, value)];
  const name = step.kind === 'field' ? step.name : step.key;
  const object = { ...(found as Json | undefined), ...(rest.length === 0 && besideOf(value).siblings) };
  const inner = descend(object[name], rest, value);
  // A field that is left out is not there at all.
  return Object.fromEntries(Object.entries({ ...object, [name]: inner }).filter(([, one]) => one !== undefined));
}

function item(rest: readonly Step[], value: Value): unknown {
  const [list = ''] = value.field.text.split('[]');
  return descend(rest.length === 0 ? undefined : ITEM_BASES[list], rest, value);
}

/** Two objects in one, field by field; the second one wins. */
export function merged(one: Json, other: Json): Json {
  const both = Object.entries(other).map(([key, value]) => {
    const there = one[key];
    return [key, isJson(there) && isJson(value) ? merged(there, value) : value] as const;
  });
  return { ...one, ...Object.fromEntries(both) };
}
