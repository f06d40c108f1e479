import type { KubeObject, ObjectKey } from './object.ts';

declare const objectType: unique symbol;

/**
 * A static descriptor of one kind: all that is needed to build its paths, without a discovery request. `T` is the type of its objects.
 */
export interface Resource<T extends KubeObject = KubeObject> {
  /** `v1`, `apps/v1`, ... */
  readonly apiVersion: string;
  readonly kind: string;
  /** Lower-case plural as in the path. */
  readonly plural: string;
  readonly namespaced: boolean;
  /** Carries the type only; never present. */
  readonly [objectType]?: T;
}

/** Declares a resource of type `T`, for example of a custom kind. */
export function defineResource<T extends KubeObject>(descriptor: {
  apiVersion: string;
  kind: string;
  plural: string;
  namespaced: boolean;
}): Resource<T> {
  return Object.freeze({ ...descriptor });
}

/** Identifies a resource in maps and metrics: `apps/v1/deployments`. */
export function resourceId(resource: Resource): string {
  return `${resource.apiVersion}/${resource.plural}`;
}

/** The group part of an apiVersion; empty for the core group. */
export function groupOf(apiVersion: string): string {
  const slash = apiVersion.indexOf('/');
  return slash < 0 ? '' : apiVersion.slice(0, slash);
}

/** The path of a collection: all of a namespace, or all of the cluster if `namespace` is absent or empty. */
export function collectionPath(resource: Resource, namespace?: string): string {
  const root = resource.apiVersion.includes('/') ? `/apis/${resource.apiVersion}` : `/api/${resource.apiVersion}`;
  const scope =
    resource.namespaced && namespace !== undefined && namespace !== ''
      ? `/namespaces/${encodeURIComponent(namespace)}`
      : '';
  return `${root}${scope}/${resource.plural}`;
}

/** The path of one object, or of one of its subresources. */
export function objectPath(resource: Resource, key: ObjectKey, subresource?: string): string {
  const path = `${collectionPath(resource, key.namespace)}/${encodeURIComponent(key.name)}`;
  return subresource === undefined ? path : `${path}/${subresource}`;
}
