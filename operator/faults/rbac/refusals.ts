import { TagServices, type TagServiceObject } from '../../src/resource.ts';
import { until } from '../bed/until.ts';
import type { World } from '../bed/world.ts';
import type { Options } from '../options.ts';
import { inParallel } from '../plans/suite.ts';
import { baseSpec, declare } from '../runs/runs.ts';
import { conditionsText, Stage } from '../runs/stage.ts';
import type { Counts, Say } from '../suites/suite.ts';
import { renderedRoles } from './chart.ts';
import { reasonFor } from './declared.ts';
import { bindRules, changeRules, userOf } from './identity.ts';
import { rightsOf, rightText, without, type Right, type Rule } from './rights.ts';
import { leastPodsFor, othersGoOn, storyOf, wrongWith, type Conditions, type Story } from './story.ts';

/** Without these the operator cannot tell anything in a condition, or does not get to know of the resource; its log and readiness tell instead. */
const CANNOT_BE_TOLD = new Set([
  'list tagservices.tagservice.dev',
  'watch tagservices.tagservice.dev',
  'patch tagservices/status.tagservice.dev',
]);
/**
 * An event that cannot be recorded changes nothing about the service. The namespace is read only while its deletion is blocked: what the
 * condition says without that right is tried beside the finalizer.
 */
const NOT_TRIED = new Set(['create events.events.k8s.io', 'get namespaces']);

const TOLD_WITHIN_MS = 30_000;
const READY_WITHIN_MS = 60_000;

/** Takes each right away, one at a time: a condition names it, the other parts go on, and all is well once it is given back. */
export async function refusals(world: World, options: Options, say: Say): Promise<Counts> {
  const [role] = (await renderedRoles(['watchNamespace=anywhere'])).filter(
    ({ metadata }) => metadata.namespace === 'anywhere',
  );
  const rules = role?.rules ?? [];
  const tried = rightsOf([{ kind: 'Role', metadata: { name: 'all' }, rules }]).filter(
    (right) =>
      !CANNOT_BE_TOLD.has(rightText(right)) && !NOT_TRIED.has(rightText(right)) && reasonFor(right) === undefined,
  );
  let passed = 0;
  let failed = 0;
  const numbered = tried.map((right, index) => ({ right, namespace: `refused-no-${String(index + 1)}-end` }));
  await inParallel(numbered, options.jobs, async ({ right, namespace }) => {
    const problem = await refusal(world, { right, namespace, rules });
    if (problem === undefined) passed += 1;
    else failed += 1;
    if (problem !== undefined) say(`FAILED without ${rightText(right)}: ${problem}`);
  });
  say(`${String(tried.length)} rights were taken away, ${String(passed)} of them were named in a condition`);
  return { passed, failed };
}

type RefusalOptions = { readonly right: Right; readonly namespace: string; readonly rules: readonly Rule[] };

/** What is wrong when one right is missing; undefined when all is told. */
async function refusal(world: World, { right, namespace, rules }: RefusalOptions): Promise<string | undefined> {
  const stage = new Stage(world, namespace, { impersonate: userOf(namespace) });
  try {
    await world.makeNamespace(namespace);
    await bindRules(world, { namespace, rules: without(rules, right) });
    await stage.startOperator();
    const story = storyOf(right);
    await play(stage, { story, least: leastPodsFor(right) });
    await isTold(stage, right);
    if (story !== 'deleted') await othersWork(stage);
    await changeRules(world, { namespace, rules });
    await recovered(stage, story);
    return undefined;
  } catch (error) {
    return String(error);
  } finally {
    await stage.close();
  }
}

type Play = { readonly story: Story; readonly least: number };

async function play(stage: Stage, { story, least }: Play): Promise<void> {
  const spec = baseSpec(stage);
  const kafka = { ...spec.kafka, deletionPolicy: 'Delete' as const };
  const disposable = { ...spec, kafka, scaling: { ...spec.scaling, api: { min: least, max: 4 } } };
  await declare(stage, disposable);
  if (story === 'declared') return;
  await stage.ready(READY_WITHIN_MS);
  if (story === 'changed') await declare(stage, { ...disposable, observability: { logLevel: 'debug' } });
  else if (story === 'unbounded') await declare(stage, { ...disposable, network: { policies: false } });
  else await stage.world.client.delete(TagServices, stage.key);
}

/** Something else may do meanwhile what was refused, so every status counts. */
async function isTold(stage: Stage, right: Right): Promise<void> {
  const problems = () => statusesOf(stage).map((conditions) => wrongWith(conditions, right));
  await until(() => problems().includes(undefined), {
    what: 'a condition that names it',
    limitMs: TOLD_WITHIN_MS,
    found: () => `${problems().at(-1) ?? 'there was no status'}; ${conditionsText(stage.service)}`,
  });
}

function statusesOf({ world, key }: Stage): Conditions[] {
  const versions = world.observer.versions(TagServices, key);
  return versions.map(({ object }) => (object as TagServiceObject).status?.conditions ?? []);
}

async function othersWork(stage: Stage): Promise<void> {
  await until(() => othersGoOn(stage.service?.status?.conditions ?? []), {
    what: 'another part that is as declared',
    limitMs: TOLD_WITHIN_MS,
    found: () => conditionsText(stage.service),
  });
}

/** The operator tries by itself until it is allowed to. */
async function recovered(stage: Stage, story: Story): Promise<void> {
  if (story !== 'deleted') await stage.ready(READY_WITHIN_MS);
  else await until(() => stage.service === undefined, { what: 'the end of the TagService', limitMs: READY_WITHIN_MS });
}
