import type { TagServiceCondition } from '@tagservice/crd';
import { rightText, type Right } from './rights.ts';

/** What has to happen to a TagService until a right is needed. */
export type Story =
  /** It is declared. */
  | 'declared'
  /** It is ready, and changed so that other pods follow: a first revision needs no rollout. */
  | 'changed'
  /** It is ready, and its workers are no longer to be bounded by a policy. */
  | 'unbounded'
  /** It is ready, and deleted with its topics and volumes. */
  | 'deleted';

/** Rights that only a deletion needs beside `delete`. */
const FOR_DELETION = new Set(['list persistentvolumeclaims']);
/** Records of rollouts. */
const OF_ROLLOUTS = new Set(['tagserviceoperations', 'tagserviceoperations/status']);

/** The kinds of a cache are asked for at once, whatever is declared. */
const isFollowing = ({ verb }: Right): boolean => verb === 'list' || verb === 'watch';

/** How a right comes to be needed. */
export function storyOf(right: Right): Story {
  if (right.verb === 'delete' && right.resource === 'networkpolicies') return 'unbounded';
  if (right.verb === 'delete' || FOR_DELETION.has(rightText(right))) return 'deleted';
  return OF_ROLLOUTS.has(right.resource) && !isFollowing(right) ? 'changed' : 'declared';
}

/** Least API pods: a right to scale is needed where there are to be more than the one that a Deployment begins with. */
export function leastPodsFor({ resource }: Right): number {
  return resource === 'deployments/scale' ? 2 : 1;
}

export type Conditions = readonly Pick<TagServiceCondition, 'type' | 'status' | 'reason' | 'message'>[];

/**
 * What is wrong with how a status tells of a refusal; undefined when nothing is. A condition has to hold the API server's own words, for example
 * `cannot patch resource "deployments" in API group "apps"`, and the service is not ready meanwhile.
 */
export function wrongWith(conditions: Conditions, { verb, resource }: Right): string | undefined {
  const words = [`cannot ${verb} resource`, `"${resource}"`];
  const named = conditions.filter(({ message }) => words.every((word) => message.includes(word)));
  if (named.length === 0) return 'no condition names it';
  if (!named.some(({ reason }) => reason === 'ApiServerRefused')) return 'its reason is not ApiServerRefused';
  const statusOf = (type: string) => conditions.find((condition) => condition.type === type)?.status;
  if (statusOf('Ready') !== 'False') return 'Ready is not False';
  return statusOf('Degraded') === 'True' ? undefined : 'Degraded is not True';
}

/** Parts that need no other part: of any one right at most one of them has need. */
const INDEPENDENT: ReadonlySet<string> = new Set(['TopicsReady', 'RedisReady']);

/** Another part is as declared although a right is missing. */
export function othersGoOn(conditions: Conditions): boolean {
  return conditions.some(({ type, status }) => INDEPENDENT.has(type) && status === 'True');
}
