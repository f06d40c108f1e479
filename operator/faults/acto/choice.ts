import { randomFrom } from '../plans/generate.ts';
import { BAD_INPUT, type BadInput } from './bad-input.ts';
import type { Value } from './values.ts';

/** What of everything is played. */
export type Choice = {
  readonly values: readonly Value[];
  readonly badInput: readonly BadInput[];
  /** Steps of the walk. */
  readonly steps: number;
};

export type ChoiceOptions = {
  readonly plans: number | undefined;
  readonly seed: number;
  readonly only: readonly string[];
};

const STEPS = 200;

/** All values, or so many of them; with fewer values, fewer of the rest. `only` names fields by their beginning. */
export function choice(values: readonly Value[], { plans, seed, only }: ChoiceOptions): Choice {
  const wanted =
    only.length === 0 ? values : values.filter(({ field }) => only.some((text) => field.text.startsWith(text)));
  const count = Math.min(plans ?? wanted.length, wanted.length);
  if (count === values.length) return { values, badInput: BAD_INPUT, steps: STEPS };
  const share = count / values.length;
  const random = randomFrom(seed);
  return {
    values: some(wanted, count, random),
    badInput: some(BAD_INPUT, Math.ceil(BAD_INPUT.length * share), random),
    steps: Math.max(1, Math.ceil(STEPS * share)),
  };
}

function some<T>(list: readonly T[], count: number, random: () => number): T[] {
  return list
    .map((one) => ({ one, order: random() }))
    .toSorted((left, right) => left.order - right.order)
    .slice(0, count)
    .map(({ one }) => one);
}
