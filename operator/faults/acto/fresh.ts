import { parseQuantity } from '@tagservice/crd';
import type { World } from '../bed/world.ts';
import { judge } from '../oracle/judge.ts';
import { effectOf } from './comparable.ts';
import { Lane } from './lane.ts';
import { isImmutable, isOnlyGrowing, isTooMuch } from './standing.ts';
import { withValue } from './spec-edit.ts';
import { valueText, type Value } from './values.ts';

/** Values that a service takes once: the first of every such field together, then the second, and so on. */
export function freshRounds(values: readonly Value[]): readonly (readonly Value[])[] {
  const once = values.filter(
    (value) =>
      value.valid &&
      (isImmutable(value.field) || isOnlyGrowing(value.field)) &&
      !isTooMuch(value) &&
      value.value !== undefined,
  );
  const byField = [...Map.groupBy(once, ({ field }) => field.text).values()];
  const rounds = Math.max(0, ...byField.map(({ length }) => length));
  return Array.from({ length: rounds }, (_none, round) => byField.map((list) => list[round % list.length] as Value));
}

/** A service is made with these values, and shows each of them. */
export async function tryFresh(world: World, namespace: string, values: readonly Value[]): Promise<string[]> {
  const spec = (base: object): object => values.reduce((found, value) => withValue(found, value), base);
  const lane = await Lane.open(world, namespace, spec);
  try {
    const shown = effectOf(await lane.state());
    const hidden = values
      .filter((value) => !isShown(shown, value))
      .map((value) => `${valueText(value)}: it shows nowhere`);
    return [...hidden, ...judge(lane.stage).violations];
  } finally {
    await lane.close();
  }
}

/** Whether the effect of a state (as text) holds a value. */
export function isShown(shown: string, { field, value }: Value): boolean {
  // A digit or a letter stands in every state somewhere.
  if (typeof value === 'number')
    return new RegExp(`"${field.text.split('.').at(-1) ?? ''}":${String(value)}[,}]`).test(shown);
  if ([`"${String(value)}"`, `"${String(value)}.`].some((text) => shown.includes(text))) return true;
  if (field.node['x-tagservice-type'] !== 'quantity') return false;
  // The API server writes quantities in its own way.
  const sizes = [...shown.matchAll(/"storage":"([^"]+)"/g)].map(([, size = '0']) => parseQuantity(size));
  return sizes.includes(parseQuantity(String(value)));
}
