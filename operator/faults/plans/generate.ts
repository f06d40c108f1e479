import { RUN_NAMES, type RunName } from '../runs/runs.ts';
import {
  CLOCK_ERRORS,
  CRASHES,
  LIST_ERRORS,
  planOf,
  WATCH_ERRORS,
  WRITE_ERRORS,
  type ListError,
  type Plan,
  type WatchError,
} from './plan.ts';
import type { WriteTarget } from './target.ts';

/** What a reference run tells about where faults can be. */
export type Ground = {
  readonly run: RunName;
  /** Every write after the action, in order. */
  readonly writes: readonly WriteTarget[];
  /** Kinds that the operator watches, as plurals. */
  readonly watched: readonly string[];
  /** Those of them of which watches told something after the action. */
  readonly changing: readonly string[];
};

/** In `create` every kind is disturbed in every way; the other runs repeat what is most telling. */
const TELLING = {
  kinds: ['tagservices', 'deployments', 'secrets'],
  watchErrors: ['gone', 'held', 'hidden'],
  listErrors: ['stale', 'unavailable'],
} as const satisfies { kinds: readonly string[]; watchErrors: readonly WatchError[]; listErrors: readonly ListError[] };

/** An expired watch ends at once; every other error needs an event to fall on. */
const NEEDS_NO_EVENT: WatchError = 'gone';

/** All plans of one run: three crashes at each write, and errors of writes, of the clock, of watches and of lists. */
export function plansOf({ run, writes, watched, changing }: Ground): Plan[] {
  const all = run === 'create';
  const kinds = all ? watched : watched.filter((kind) => TELLING.kinds.some((one) => one === kind));
  const watchErrors = all ? WATCH_ERRORS : TELLING.watchErrors;
  const listErrors = all ? LIST_ERRORS : TELLING.listErrors;
  return [
    ...writes.flatMap((at) => CRASHES.map((when) => planOf(run, { kind: 'crash', when, at }))),
    ...WRITE_ERRORS.map((error) => planOf(run, { kind: 'writes', error })),
    ...CLOCK_ERRORS.map((error) => planOf(run, { kind: 'clock', error })),
    ...kinds.flatMap((resource) =>
      watchErrors
        .filter((error) => error === NEEDS_NO_EVENT || changing.includes(resource))
        .map((error) => planOf(run, { kind: 'watch', error, resource })),
    ),
    ...kinds.flatMap((resource) => listErrors.map((error) => planOf(run, { kind: 'restart', error, resource }))),
  ];
}

/** A repeatable choice of `count` plans: every run and every sort of fault is in it as far as `count` allows. */
export function choose(plans: readonly Plan[], { count, seed }: { count: number; seed: number }): Plan[] {
  if (count >= plans.length) return [...plans];
  const random = randomFrom(seed);
  const shuffled = plans
    .map((plan) => ({ plan, order: random() }))
    .toSorted((left, right) => left.order - right.order)
    .map(({ plan }) => plan);
  const byGroup = Map.groupBy(shuffled, (plan) => `${plan.run}/${plan.id.split('/')[1] ?? ''}`);
  const chosen: Plan[] = [];
  // One of each group, then a second, and so on.
  for (let round = 0; chosen.length < count; round++)
    for (const group of byGroup.values()) {
      const plan = group[round];
      if (plan !== undefined && chosen.length < count) chosen.push(plan);
    }
  return chosen.toSorted(byRun);
}

const byRun = (left: Plan, right: Plan): number => RUN_NAMES.indexOf(left.run) - RUN_NAMES.indexOf(right.run);

/** mulberry32: a small generator that gives the same numbers for the same seed on every machine. */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
