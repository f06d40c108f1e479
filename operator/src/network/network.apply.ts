import { NetworkPolicy, type Deployment } from '@tagservice/controller-runtime';
import type { TagService } from '@tagservice/crd';
import { COMPONENT_LABEL } from '../children/labels.ts';
import { namesOf } from '../children/names.ts';
import type { StepContext } from '../step/step.ts';
import { planNetworkPolicy, type Environment } from './network.plan.ts';

/** Makes the policy of the workers, or removes the one that there is. `deployments` are those of all revisions; `declared` is the next one's. */
export async function applyNetworkPolicy(
  { service, cache, children }: Pick<StepContext, 'service' | 'cache' | 'children'>,
  declared: Environment,
  deployments: readonly Deployment[],
): Promise<void> {
  if (service.spec.network.policies) {
    await children.apply(NetworkPolicy, planNetworkPolicy(service, [declared, ...environmentsOf(deployments)]));
  } else if (isThere(service, cache)) {
    await children.remove(NetworkPolicy, namesOf(service).compute);
  }
}

/** By the cache alone: to look for what nobody wants would cost a request at each look. */
function isThere(service: TagService, cache: StepContext['cache']): boolean {
  const { namespace } = service.metadata;
  return cache.store(NetworkPolicy).get({ namespace, name: namesOf(service).compute }) !== undefined;
}

/** Sorted by name, so that the same revisions make the same policy. */
function environmentsOf(deployments: readonly Deployment[]): Environment[] {
  return deployments
    .filter(({ metadata }) => metadata.labels?.[COMPONENT_LABEL] === 'compute')
    .toSorted((one, other) => one.metadata.name.localeCompare(other.metadata.name))
    .map(({ spec }) => {
      const variables = (spec?.template.spec?.containers ?? []).flatMap(({ env = [] }) => env);
      return Object.fromEntries(variables.flatMap(({ name, value }) => (value === undefined ? [] : [[name, value]])));
    });
}
