import type { HorizontalPodAutoscaler } from '@tagservice/controller-runtime';
import type { Notice } from '../step/step.ts';

/** Says of each autoscaler that would add pods if it might; `field` is where its bound is declared. */
export function limitNotices(
  autoscalers: readonly {
    readonly name: string;
    readonly live: HorizontalPodAutoscaler | undefined;
    readonly field: string;
  }[],
): Notice[] {
  return autoscalers.flatMap(({ name, live, field }) => {
    const condition = live?.status?.conditions?.find(({ type }) => type === 'ScalingLimited');
    // At the lower bound it is limited all the time in a quiet service; that is no news.
    if (condition?.status !== 'True' || condition.reason !== 'TooManyReplicas') return [];
    const max = String(live?.spec?.maxReplicas ?? 0);
    const message = `HorizontalPodAutoscaler ${name} wants more than its ${max} pods: raise ${field} if the load is to be met`;
    return [{ type: 'ScalingLimited', reason: 'AtMaximum', message }];
  });
}
