import type { TagServiceObject } from '../../src/resource.ts';
import { TagServices } from '../../src/resource.ts';
import { until } from '../bed/until.ts';
import type { World } from '../bed/world.ts';
import type { Options } from '../options.ts';
import { inParallel } from '../plans/suite.ts';
import { baseSpec, declare } from '../runs/runs.ts';
import { conditionsText, Stage } from '../runs/stage.ts';
import type { Counts, Say } from '../suites/suite.ts';
import { renderedRoles } from './chart.ts';
import { reasonFor } from './declared.ts';
import { bindRules, userOf } from './identity.ts';
import { rightsOf, rightText, without, type Right, type Rule } from './rights.ts';

/** Without these the operator cannot tell anything in a condition, or does not get to know of the resource; its log and readiness tell instead. */
const CANNOT_BE_TOLD = new Set([
  'list tagservices.tagservice.dev',
  'watch tagservices.tagservice.dev',
  'patch tagservices/status.tagservice.dev',
]);
/** An event that cannot be recorded changes nothing about the service. */
const NOT_TRIED = new Set(['create events.events.k8s.io']);

const TOLD_WITHIN_MS = 30_000;

/** Takes each right away, one at a time: a condition names it, and the other parts go on. */
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
    const spec = baseSpec(stage);
    await declare(stage, { ...spec, kafka: { ...spec.kafka, deletionPolicy: 'Delete' } });
    if (right.verb === 'delete' || right.resource === 'persistentvolumeclaims') await remove(stage);
    await until(() => isNamed(stage.service, right), { what: 'a condition that names it', limitMs: TOLD_WITHIN_MS });
    return undefined;
  } catch (error) {
    return `${String(error)}; ${conditionsText(stage.service)}`;
  } finally {
    await stage.close();
  }
}

async function remove(stage: Stage): Promise<void> {
  await stage.ready(30_000);
  await stage.world.client.delete(TagServices, stage.key);
}

/** The API server's own words: `cannot patch resource "deployments" in API group "apps"`. */
function isNamed(service: TagServiceObject | undefined, { verb, resource }: Right): boolean {
  const words = [`cannot ${verb} resource`, `"${resource}"`];
  const conditions = service?.status?.conditions ?? [];
  return conditions.some(({ message }) => words.every((word) => message.includes(word)));
}
