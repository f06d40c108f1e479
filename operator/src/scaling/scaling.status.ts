import type { HorizontalPodAutoscaler } from '@tagservice/controller-runtime';
import type { LagReading } from '@tagservice/event-bus/topic-admin';
import { advisory, done, unknown, type Outcome } from '../step/outcome.ts';

/** Whether the length of the queue is known. Unknown is never zero: the autoscaler then holds the number of workers. */
export function lagOutcome(reading: LagReading, topic: string): Outcome {
  if (reading.kind === 'known') return done('LagRead', `the waiting messages of topic ${topic} are counted`);
  return advisory(
    'LagUnknown',
    `the waiting messages of topic ${topic} are unknown (${reading.reason}): the number of workers is held until they are known`,
  );
}

/** Whether both autoscalers work. */
export function autoscalersOutcome(
  autoscalers: readonly { readonly name: string; readonly live: HorizontalPodAutoscaler | undefined }[],
  metricsApiProblem: string | undefined,
): Outcome {
  if (metricsApiProblem !== undefined) return advisory('MetricsApiTaken', metricsApiProblem);
  const findings = autoscalers.map(({ name, live }) => ({ name, condition: conditionOf(live) }));
  const inactive = findings.find(
    ({ condition }) => condition?.status === 'False' && condition.reason !== 'ScalingDisabled',
  );
  if (inactive !== undefined)
    return advisory(
      'AutoscalersInactive',
      `HorizontalPodAutoscaler ${inactive.name} is not active (${detail(inactive.condition)}): the number of pods is held; see kubectl describe hpa ${inactive.name}`,
    );
  const starting = findings.find(({ condition }) => condition === undefined);
  if (starting !== undefined)
    return unknown(
      'AutoscalersStarting',
      `HorizontalPodAutoscaler ${starting.name} has not been evaluated yet; within a minute it is`,
    );
  return done(
    'AutoscalersActive',
    `${findings.map(({ name }) => `HorizontalPodAutoscaler ${name}`).join(' and ')} are active`,
  );
}

type HpaCondition = NonNullable<NonNullable<HorizontalPodAutoscaler['status']>['conditions']>[number];

function conditionOf(live: HorizontalPodAutoscaler | undefined): HpaCondition | undefined {
  return live?.status?.conditions?.find(({ type }) => type === 'ScalingActive');
}

/** The API puts the query, as a dump of its own types, before the cause; only the cause helps a reader. */
function detail(condition: HpaCondition | undefined): string {
  const { reason = 'no reason given', message = '' } = condition ?? {};
  const cause = message.split('from external metrics API: ').at(-1)?.slice(0, 300) ?? '';
  return cause === '' ? reason : `${reason}: ${cause}`;
}
