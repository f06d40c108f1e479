import { elsewhere, meaningOf } from './standing.ts';
import type { Trial } from './trial.ts';
import { valueText } from './values.ts';

/** Fields without effect: values that mean different things, and yet nothing shows a difference. */
export function withoutEffect(trials: readonly Trial[]): string[] {
  const byField = Map.groupBy(
    trials.filter(({ effect, value }) => effect !== undefined && elsewhere(value.field) === undefined),
    ({ value }) => value.field.text,
  );
  return [...byField.values()].flatMap(alike);
}

function alike(trials: readonly Trial[]): string[] {
  return [...Map.groupBy(trials, ({ effect }) => effect).values()].flatMap((same) => {
    const meanings = new Map(same.map((trial) => [meaningOf(trial.value), trial.value]));
    return meanings.size < 2 ? [] : [`no difference between ${[...meanings.values()].map(valueText).join(' and ')}`];
  });
}
