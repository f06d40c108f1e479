import type { KubeObject } from '@tagservice/controller-runtime';
import type { TagService } from '@tagservice/crd';

export const SERVICE_LABEL = 'tagservice.dev/service';
export const COMPONENT_LABEL = 'app.kubernetes.io/component';
/** The revision of pods and of what makes them. Which role it plays stands in the TagServiceRevision alone. */
export const REVISION_LABEL = 'tagservice.dev/revision';
export const MANAGER = 'tagservice-operator';
/** What every child carries and every watch of the operator asks for. */
export const MANAGED_SELECTOR = `app.kubernetes.io/managed-by=${MANAGER}`;

/** Whether the watches of the operator see an object. */
export const isManaged = ({ metadata }: Pick<KubeObject, 'metadata'>): boolean =>
  metadata.labels?.['app.kubernetes.io/managed-by'] === MANAGER;

export type Component = 'api' | 'compute' | 'redis';

/** The labels by which Services, Deployments and budgets find pods. They can never change, so they are few. */
export function selectorLabels(service: TagService, component: Component): Record<string, string> {
  return { [SERVICE_LABEL]: service.metadata.name, [COMPONENT_LABEL]: component };
}

/** All labels of a child; `image` gives the version. */
export function labels(service: TagService, component: Component, image?: string): Record<string, string> {
  const version = image === undefined ? undefined : versionOf(image);
  return {
    'app.kubernetes.io/name': `tagservice-${component}`,
    'app.kubernetes.io/instance': service.metadata.name,
    ...(version !== undefined && { 'app.kubernetes.io/version': version }),
    'app.kubernetes.io/part-of': 'tagservice',
    'app.kubernetes.io/managed-by': MANAGER,
    ...selectorLabels(service, component),
  };
}

/** Labels of what belongs to the service as a whole. */
export function serviceLabels(service: TagService): Record<string, string> {
  return {
    'app.kubernetes.io/name': 'tagservice',
    'app.kubernetes.io/instance': service.metadata.name,
    'app.kubernetes.io/part-of': 'tagservice',
    'app.kubernetes.io/managed-by': MANAGER,
    [SERVICE_LABEL]: service.metadata.name,
  };
}

/** Tag of an image, or the beginning of its digest, as a label value. */
export function versionOf(image: string): string | undefined {
  const [name = '', digest] = image.split('@');
  const tag = /:([^:/]+)$/.exec(name)?.[1] ?? digest?.replace(':', '-');
  const value = tag
    ?.slice(0, 63)
    .replaceAll(/[^A-Za-z0-9._-]/g, '-')
    .replace(/[^A-Za-z0-9]+$/, '')
    .replace(/^[^A-Za-z0-9]+/, '');
  return value === '' ? undefined : value;
}
