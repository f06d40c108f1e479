import { UsageError } from '../errors.ts';
import { RUN_NAMES, type RunName } from '../runs/runs.ts';
import { choose, plansOf } from './generate.ts';
import { parsePlan, type Plan } from './plan.ts';
import type { Reference } from './reference.ts';

export type Selection = { readonly only: readonly string[]; readonly plans: number | undefined; readonly seed: number };

/** The runs that a selection needs. */
export function runsOf({ only }: Pick<Selection, 'only'>): RunName[] {
  if (only.length === 0) return [...RUN_NAMES];
  const names = only.map((text) => text.split('/')[0] ?? '');
  const unknown = names.find((name) => !RUN_NAMES.some((run) => run === name));
  if (unknown !== undefined) throw new UsageError(`--only ${unknown}: the runs are ${RUN_NAMES.join(', ')}`);
  return RUN_NAMES.filter((name) => names.includes(name));
}

/** The plans of a selection. An id is played as it is, also where the runs without faults had no such write. */
export function selectPlans(references: readonly Reference[], { only, plans, seed }: Selection): Plan[] {
  const all = references.flatMap(plansOf);
  const wanted = only.length === 0 ? all : all.filter(({ id }) => only.some((text) => begins(id, text)));
  const named = only
    .filter((text) => !wanted.some(({ id }) => begins(id, text)))
    .map((text) => {
      const plan = parsePlan(text);
      if (plan === undefined) throw new UsageError(`--only ${text}: there is no such plan`);
      return plan;
    });
  const found = [...wanted, ...named];
  return plans === undefined ? found : choose(found, { count: plans, seed });
}

const begins = (id: string, text: string): boolean =>
  id === text || id.startsWith(text.endsWith('/') ? text : `${text}/`);
