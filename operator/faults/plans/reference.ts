import type { HistoryEntry } from '@tagservice/fault-proxy';
import type { TagServiceObject } from '../../src/resource.ts';
import { judge } from '../oracle/judge.ts';
import { until } from '../bed/until.ts';
import type { World } from '../bed/world.ts';
import type { Run } from '../runs/runs.ts';
import { conditionsText, isReady, isWrite, Stage } from '../runs/stage.ts';
import type { NormalState } from '../state/normalise.ts';
import type { Ground } from './generate.ts';
import { targetsOf } from './target.ts';

/** What a run without faults ends in, and all that the operator did for it. */
export type Reference = Ground & {
  readonly state: NormalState;
  /** Requests from the action to the rest, in order. */
  readonly requests: readonly HistoryEntry[];
  /** Rules that a status broke, although nothing went wrong. */
  readonly violations: readonly string[];
  /** From the action to the reached state, in milliseconds. */
  readonly tookMs: number;
};

const QUIET_MS = 1_500;

/** Plays a run without faults. The stage is closed afterwards. */
export async function playReference(world: World, run: Run, namespace: string): Promise<Reference> {
  const stage = new Stage(world, namespace);
  try {
    await stage.open();
    await run.prepare(stage);
    const begun = Date.now();
    const told = eventsOf(stage);
    await run.act(stage);
    await begins(stage, begun);
    await settle(stage);
    const toldSince = eventsOf(stage);
    const requests = stage.history().filter(({ at }) => at >= begun);
    const writes = requests.filter(isWrite);
    return {
      run: run.name,
      state: stage.normal(await stage.snapshot()),
      requests,
      violations: judge(stage).violations,
      writes: targetsOf(writes),
      watched: [...toldSince.keys()].sort(),
      changing: [...toldSince].filter(([kind, count]) => count > (told.get(kind) ?? 0)).map(([kind]) => kind),
      tookMs: (writes.at(-1)?.at ?? begun) - begun,
    };
  } finally {
    await stage.close();
  }
}

/** Every run makes the operator write. On a slow machine the quiet before its first write would be taken for the rest after its last. */
async function begins(stage: Stage, since: number): Promise<void> {
  await until(() => stage.history().some((entry) => entry.at >= since && isWrite(entry)), {
    what: `the first write of the operator in ${stage.namespace}`,
    limitMs: 60_000,
  });
}

/** Until the operator has nothing to write and the rest of the cluster has nothing to do: the state stays equal meanwhile. */
async function settle(stage: Stage): Promise<void> {
  await stage.quiet(QUIET_MS);
  await until(() => isWell(stage.service), {
    what: `a good state of ${stage.namespace}`,
    limitMs: 90_000,
    found: () => conditionsText(stage.service),
  });
  let before = '';
  await until(
    async () => {
      await stage.quiet(QUIET_MS);
      const { text } = stage.normal(await stage.snapshot());
      const same = text === before;
      before = text;
      return same;
    },
    { what: `a state that stays in ${stage.namespace}`, limitMs: 60_000 },
  );
}

/** There is no metrics API here, so that this one condition never holds; others that do not hold are passing. */
const NEVER_TRUE = 'ScalingActive';

function isWell(service: TagServiceObject | undefined): boolean {
  if (!isReady(service)) return false;
  const conditions = service?.status?.conditions ?? [];
  return conditions.every(
    ({ type, status, reason }) => status === 'True' || type === NEVER_TRUE || reason === 'NotObserved',
  );
}

/** How many events the watches of each kind have brought so far. */
function eventsOf(stage: Stage): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { verb, resource, events = 0 } of stage.history())
    if (verb === 'watch') counts.set(resource, (counts.get(resource) ?? 0) + events);
  return counts;
}
