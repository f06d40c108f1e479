import type { V1ObjectMeta } from '@kubernetes/client-node';

/**
 * A generated client type as it travels on the wire: dates are strings (the generated types say `Date`, but what a watch delivers
 * and what a cache keeps is JSON), and names the generator had to escape (`_default`, `_from`) are the API's own again.
 */
export type Wire<T> = T extends Date
  ? string
  : T extends readonly (infer Item)[]
    ? Wire<Item>[]
    : T extends object
      ? { [Key in keyof T as Key extends `_${infer Name}` ? Name : Key]: Wire<T[Key]> }
      : T;

/** `metadata` of an object read from the API server: name, uid and resourceVersion are always there. */
export type ObjectMeta = Omit<Wire<V1ObjectMeta>, 'name' | 'uid' | 'resourceVersion'> & {
  name: string;
  uid: string;
  resourceVersion: string;
};

/** One entry of `metadata.ownerReferences`. */
export interface OwnerReference {
  apiVersion: string;
  kind: string;
  name: string;
  uid: string;
  controller?: boolean;
  blockOwnerDeletion?: boolean;
}

/** Any object of the API server, as plain JSON. Objects from a cache are frozen by convention: never change one. */
export interface KubeObject {
  apiVersion: string;
  kind: string;
  metadata: ObjectMeta;
}

/** Names one object of a known kind; `namespace` is empty for cluster-scoped kinds. The key of queues and stores. */
export interface ObjectKey {
  readonly namespace: string;
  readonly name: string;
}

/** A condition as API conventions ask for it. Times are RFC 3339. */
export interface Condition {
  type: string;
  status: 'True' | 'False' | 'Unknown';
  observedGeneration?: number;
  lastTransitionTime: string;
  reason: string;
  message: string;
}

/** A value with every field optional at every depth: what a manager that owns a part of an object applies. */
export type DeepPartial<T> = T extends readonly (infer Item)[]
  ? DeepPartial<Item>[]
  : T extends object
    ? { [Key in keyof T]?: DeepPartial<T[Key]> | undefined }
    : T;

/**
 * What server-side apply sends: the fields one manager owns and no others. `apiVersion` and `kind` are filled in from the resource;
 * `undefined` fields are dropped.
 */
export type Applied<T extends KubeObject> = DeepPartial<Omit<T, keyof KubeObject>> & {
  apiVersion?: string;
  kind?: string;
  metadata: DeepPartial<Omit<ObjectMeta, 'name'>> & { name: string };
};

/** The key of an object. */
export function keyOf(object: { metadata: { name: string; namespace?: string | undefined } }): ObjectKey {
  return { namespace: object.metadata.namespace ?? '', name: object.metadata.name };
}

/** `namespace/name`, or `name` alone for cluster-scoped objects: for logs and as a map key (names hold no slash). */
export function keyText(key: ObjectKey): string {
  return key.namespace === '' ? key.name : `${key.namespace}/${key.name}`;
}

/** The inverse of {@link keyText}. */
export function parseKey(text: string): ObjectKey {
  const slash = text.indexOf('/');
  return slash < 0 ? { namespace: '', name: text } : { namespace: text.slice(0, slash), name: text.slice(slash + 1) };
}

/** The owner reference that makes `owner` the controller of an object, so that the garbage collector deletes it with its owner. */
export function controllerReference(owner: KubeObject): OwnerReference {
  return {
    apiVersion: owner.apiVersion,
    kind: owner.kind,
    name: owner.metadata.name,
    uid: owner.metadata.uid,
    controller: true,
    blockOwnerDeletion: true,
  };
}

/** The owner that controls `object`, if it has one. */
export function controllerOf(object: KubeObject): OwnerReference | undefined {
  return object.metadata.ownerReferences?.find((owner) => owner.controller === true);
}

/** True if `owner` (by uid, not by name: a re-created owner is another one) controls `object`. */
export function isControlledBy(object: KubeObject, owner: KubeObject): boolean {
  return controllerOf(object)?.uid === owner.metadata.uid;
}
