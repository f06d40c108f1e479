import type { World } from '../bed/world.ts';
import { judge } from '../oracle/judge.ts';
import { inParallel } from '../plans/suite.ts';
import { Lane } from './lane.ts';
import type { Tally } from './tally.ts';

/** Something that is tried on a lane. Answers what is wrong. */
export type Task = (lane: Lane) => Promise<readonly string[]>;

export type LanesOptions = { readonly jobs: number; readonly tally: Tally };

/** Works on tasks with some services at once; one on which something went wrong is replaced, so that the next task begins well. */
export async function onLanes(world: World, tasks: readonly Task[], { jobs, tally }: LanesOptions): Promise<void> {
  const queue = [...tasks];
  const numbers = Array.from({ length: Math.min(jobs, tasks.length) }, (_none, index) => index + 1);
  await inParallel(numbers, jobs, async (number) => {
    for (let turn = 1; queue.length > 0; turn++) {
      const lane = await Lane.open(world, `acto-${String(number)}-${String(turn)}-end`);
      await untilTrouble(lane, queue, tally);
      tally.add(judge(lane.stage).violations.slice(0, 10));
      await lane.close();
    }
  });
}

async function untilTrouble(lane: Lane, queue: Task[], tally: Tally): Promise<void> {
  for (let task = queue.shift(); task !== undefined; task = queue.shift()) {
    const problems = await task(lane).catch((error: unknown) => [String(error)]);
    tally.add(problems);
    if (problems.length > 0) return;
  }
}
