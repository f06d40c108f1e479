import type { TagService } from '@tagservice/crd';
import type { TopicAdmin } from '@tagservice/event-bus/topic-admin';
import { namesOf } from '../children/names.ts';
import { isFrozen } from '../step/freeze.ts';
import { THROTTLED_REPLICAS } from './move.apply.ts';
import { applyTopics, type Applied } from './topics.apply.ts';
import {
  changeRules,
  plannedChanges,
  planTopics,
  wantedTopics,
  type TopicPlan,
  type WantedTopic,
} from './topics.plan.ts';
import type { TopicProblem } from './topics.problem.ts';
import { topicsResult, type TopicsResult } from './topics.status.ts';

const unchanged: Omit<Applied, 'problems'> = { corrections: [], moving: new Map(), changed: false };

/** Looks at the topics of a service and makes them as declared, unless the resource forbids changes. @throws BusUnavailable, AbandonedError */
export async function lookAtTopics(admin: TopicAdmin, service: TagService, signal: AbortSignal): Promise<TopicsResult> {
  const { kafka, mode } = service.spec;
  const wanted = wantedTopics(kafka, namesOf(service).topics);
  const names = wanted.map(({ name }) => name);
  const rules = changeRules(kafka);
  const last = service.status?.topics ?? [];
  const asked = { configs: settingsToSee(wanted) };
  const before = await admin.describe(names, asked);
  const plans = planTopics({ wanted, found: before, last, rules });
  const frozen = isFrozen(service, 'Topics');
  if (mode === 'Plan' || frozen) {
    const found = keepMoving(before, last);
    const result = topicsResult({
      wanted,
      found: before,
      last,
      applied: { ...unchanged, ...found, problems: heldProblems(plans) },
    });
    if (mode === 'Plan') return { ...result, planned: plannedChanges(plans) };
    return { ...result, held: heldProblems(plans).map(({ message }) => message) };
  }
  const applied = await applyTopics({ admin, plans, last, rules, signal });
  const found = applied.changed ? await admin.describe(names, asked) : before;
  return topicsResult({ wanted, found, last, applied });
}

/** The entries that matter here: of some forty that a topic has. */
const settingsToSee = (wanted: readonly WantedTopic[]): readonly string[] => [
  ...new Set([...wanted.flatMap(({ configs }) => Object.keys(configs)), ...THROTTLED_REPLICAS]),
];

/** What was recorded of moves stays recorded while nothing is done about them. */
function keepMoving(
  found: readonly { readonly name: string }[],
  last: NonNullable<NonNullable<TagService['status']>['topics']>,
): Pick<Applied, 'moving'> {
  const entries = found.flatMap(({ name }) => {
    const moving = last.find((topic) => topic.name === name)?.moving;
    return moving === undefined ? [] : [[name, moving] as const];
  });
  return { moving: new Map(entries) };
}

/** What differs and is left so: a topic that is missing is more than one that differs. */
function heldProblems(plans: readonly TopicPlan[]): TopicProblem[] {
  return plans.flatMap((plan): TopicProblem[] => {
    const { name } = plan.spec;
    if (plan.kind === 'create')
      return [{ topic: name, reason: 'HeldByFreeze', message: `topic ${name} does not exist and is not made now` }];
    const told = [...plan.changes, ...plan.reported].map(
      ({ setting, found, wanted }) => `${setting} is ${found}, wanted ${wanted}`,
    );
    if (told.length === 0) return [];
    return [{ topic: name, reason: 'TopicsDiffer', message: `topic ${name} is left as it is: ${told.join('; ')}` }];
  });
}
