import type { World } from '../bed/world.ts';
import { RUNS, type Run, type RunName } from '../runs/runs.ts';
import { play, type PlanResult } from './execute.ts';
import type { Plan } from './plan.ts';
import { playReference, type Reference } from './reference.ts';

export type References = ReadonlyMap<RunName, Reference>;

/** Plays the runs without faults, some at once. */
export async function playReferences(
  world: World,
  runs: readonly RunName[],
  jobs: number,
): Promise<Map<RunName, Reference>> {
  const found = new Map<RunName, Reference>();
  await inParallel(runs, jobs, async (name) => {
    found.set(name, await playReference(world, runOf(name), `reference-of-${name}`));
  });
  return found;
}

export type PlayOptions = {
  readonly plans: readonly Plan[];
  readonly references: References;
  readonly jobs: number;
  readonly restMs: number;
  readonly done: (result: PlanResult) => void;
};

/** Plays plans, `jobs` at once; those that rest do so beside the others. */
export async function playPlans(world: World, { plans, references, jobs, restMs, done }: PlayOptions): Promise<void> {
  const resting: Promise<void>[] = [];
  const numbered = plans.map((plan, index) => ({
    plan,
    namespace: `plan-no-${String(index + 1).padStart(4, '0')}-end`,
  }));
  await inParallel(numbered, jobs, async ({ plan, namespace }) => {
    const reference = references.get(plan.run);
    if (reference === undefined) throw new TypeError(`there is no reference of ${plan.run}`);
    const { rest } = await play(world, { plan, run: runOf(plan.run), reference, namespace, restMs });
    resting.push(rest.then(done));
  });
  await Promise.all(resting);
}

function runOf(name: RunName): Run {
  const run = RUNS.find((one) => one.name === name);
  if (run === undefined) throw new TypeError(`there is no run ${name}`);
  return run;
}

/** Works on a list, so many at once, in order. The first error ends it. */
export async function inParallel<T>(
  items: readonly T[],
  jobs: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const queue = [...items];
  const worker = async (): Promise<void> => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: jobs }, worker));
}
