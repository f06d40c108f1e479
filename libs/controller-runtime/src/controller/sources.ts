import { controllerOf, type KubeObject, type ObjectKey } from '../api/object.ts';
import { groupOf, type Resource } from '../api/resource.ts';
import type { ControllerDefinition, ControllerOptions, MapFunction, Predicate, WatchSource } from './types.ts';

/** Declares a controller. Nothing runs before a manager starts it. */
export function defineController<T extends KubeObject>(options: ControllerOptions<T>): ControllerDefinition {
  // A watch only ever delivers objects of its own resource, so forgetting T here is safe.
  return Object.freeze({
    ...options,
    predicate: options.predicate,
    watches: options.watches ?? [],
  }) as ControllerDefinition;
}

/** Declares a watch on a further kind: `watching(Deployment, { map: ownedBy(TagService) })`. */
export function watching<T extends KubeObject>(
  resource: Resource<T>,
  options: { map: MapFunction<T>; predicate?: Predicate<T> },
): WatchSource {
  const source = { resource, map: options.map, predicate: options.predicate };
  // A watch only ever delivers objects of its own resource, so forgetting T is safe; the compiler cannot know that.
  return source as unknown as WatchSource;
}

/** Maps an object to its controlling owner of kind `owner` (any version of its group), in the same namespace. */
export function ownedBy(owner: Resource): MapFunction<KubeObject> {
  return (object) => {
    const reference = controllerOf(object);
    if (reference?.kind !== owner.kind || groupOf(reference.apiVersion) !== groupOf(owner.apiVersion)) return [];
    const namespace = owner.namespaced ? (object.metadata.namespace ?? '') : '';
    return [{ namespace, name: reference.name }];
  };
}

/** Maps by a label that holds the owner's name, in the same namespace: for objects that no owner reference ties. */
export function labelledBy(label: string): MapFunction<KubeObject> {
  return (object): readonly ObjectKey[] => {
    const name = object.metadata.labels?.[label];
    return name === undefined ? [] : [{ namespace: object.metadata.namespace ?? '', name }];
  };
}

/** Lets updates through only if the desired state changed: generation, labels, annotations, finalizers or a started deletion. */
export const specChanged: Predicate<KubeObject> = {
  update: (before, after) =>
    before.metadata.uid !== after.metadata.uid ||
    before.metadata.generation !== after.metadata.generation ||
    before.metadata.deletionTimestamp !== after.metadata.deletionTimestamp ||
    !sameJson(before.metadata.labels, after.metadata.labels) ||
    !sameJson(before.metadata.annotations, after.metadata.annotations) ||
    !sameJson(before.metadata.finalizers, after.metadata.finalizers),
};

/** Lets updates through only if the resourceVersion moved: drops the repeats that a relist brings. */
export const versionChanged: Predicate<KubeObject> = {
  update: (before, after) => before.metadata.resourceVersion !== after.metadata.resourceVersion,
};

function sameJson(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
