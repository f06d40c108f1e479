import { checkAnswer } from '../acto/api-server.ts';
import { tryBadInput } from '../acto/bad-input.ts';
import { choice, type Choice } from '../acto/choice.ts';
import { withoutEffect } from '../acto/effects.ts';
import { fieldsOf } from '../acto/fields.ts';
import { freshRounds, tryFresh } from '../acto/fresh.ts';
import { Lane } from '../acto/lane.ts';
import { onLanes } from '../acto/lanes.ts';
import { isChange, whyElsewhere } from '../acto/standing.ts';
import { Tally } from '../acto/tally.ts';
import { tellTrials, tryValue, type Trial } from '../acto/trial.ts';
import { valuesOf } from '../acto/values.ts';
import { walk } from '../acto/walk.ts';
import type { World } from '../bed/world.ts';
import type { Options } from '../options.ts';
import { inParallel } from '../plans/suite.ts';
import { baseSpec } from '../runs/runs.ts';
import { Stage } from '../runs/stage.ts';
import type { Counts, Say } from './suite.ts';

type Part = {
  readonly world: World;
  readonly chosen: Choice;
  readonly options: Options;
  readonly tally: Tally;
  /** Prints a line with the time before it. */
  readonly tell: Say;
};

const PROGRESS_EVERY = 25;

/** Every field of the spec with every value at its edges, bad input, and a walk over many specs back to the first. */
export async function actoSuite(world: World, options: Options, say: Say): Promise<Counts> {
  const started = performance.now();
  const tell: Say = (line) => {
    say(`${((performance.now() - started) / 1_000).toFixed(0).padStart(4)} s  ${line}`);
  };
  const tally = new Tally(say);
  const part: Part = { world, chosen: choice(fieldsOf().flatMap(valuesOf), options), options, tally, tell };
  tell(await answers(part));
  const walking = walkedSpecs(part);
  const trials = await triedValues(part);
  for (const line of tellTrials(trials)) say(line);
  tell(
    `${String(trials.length)} values and ${String(part.chosen.badInput.length)} bad ones were tried on running services`,
  );
  tell(await freshServices(part));
  tell(await walking);
  for (const line of whyElsewhere()) say(line);
  return tally.counts;
}

/** Every value, good or bad, to the API server. */
async function answers({ world, chosen, tally }: Part): Promise<string> {
  const base = baseSpec(new Stage(world, 'answers'));
  await inParallel(chosen.values, 8, async (value) => {
    const problem = await checkAnswer(world, base, value);
    tally.add(problem === undefined ? [] : [problem]);
  });
  const good = chosen.values.filter(({ valid }) => valid).length;
  return `${String(good)} good and ${String(chosen.values.length - good)} bad values of ${String(fieldsOf().length)} fields were shown to the API server`;
}

/** Every good value on a service that is ready, and back; and what gets past the API server although it cannot be made so. */
async function triedValues({ world, chosen, options, tally, tell }: Part): Promise<Trial[]> {
  const trials: Trial[] = [];
  const changes = chosen.values.filter(isChange);
  const values = changes.map((value) => async (lane: Lane) => {
    const trial = await tryValue(lane, value);
    trials.push(trial);
    if (trials.length % PROGRESS_EVERY === 0) tell(`${String(trials.length)} of ${String(changes.length)} values`);
    return trial.problems;
  });
  const bad = chosen.badInput.map((one) => (lane: Lane) => tryBadInput(lane, one));
  await onLanes(world, [...bad, ...values], { jobs: options.jobs, tally });
  for (const line of withoutEffect(trials)) tally.add([line]);
  return trials;
}

/** Values that cannot change later, each on a service that is made with it. */
async function freshServices({ world, chosen, tally }: Part): Promise<string> {
  const rounds = [...freshRounds(chosen.values).entries()];
  await inParallel(rounds, 2, async ([round, values]) => {
    const problems = tryFresh(world, `acto-fresh-${String(round + 1)}-end`, values);
    tally.add(await problems.catch((error: unknown) => [String(error)]));
  });
  return `${String(rounds.length)} services were made with values that cannot change later`;
}

/** A walk over valid specs, beside everything else. */
async function walkedSpecs(part: Part): Promise<string> {
  try {
    return await walkOn(part, await Lane.open(part.world, 'acto-walk-end'));
  } catch (error) {
    part.tally.add([`the walk: ${String(error)}`]);
    return 'the walk ended early';
  }
}

async function walkOn({ chosen, options, tally }: Part, lane: Lane): Promise<string> {
  try {
    const { values, steps } = chosen;
    const found = await walk(lane, {
      values,
      steps,
      seed: options.seed,
      restMs: Math.min(options.restMs, MOST_REST_MS),
    });
    tally.add(found.problems);
    return `a walk over ${String(found.steps)} specs (${String(found.refused)} more were refused) wrote ${String(found.statuses)} statuses`;
  } finally {
    await lane.close();
  }
}

const MOST_REST_MS = 15_000;
