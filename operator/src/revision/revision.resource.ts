import { defineResource, type KubeObject } from '@tagservice/controller-runtime';
import {
  API_VERSION,
  OPERATION,
  REVISION,
  type OperationSpec,
  type OperationStatus,
  type RevisionSpec,
  type RevisionStatus,
} from '@tagservice/crd';

/** A TagServiceRevision as the API server sends it. */
export type RevisionObject = KubeObject & { spec: RevisionSpec; status?: RevisionStatus };
/** A TagServiceOperation as the API server sends it. */
export type OperationObject = KubeObject & { spec: OperationSpec; status?: OperationStatus };

const owned = <T extends KubeObject>({ kind, plural }: { kind: string; plural: string }) =>
  defineResource<T>({ apiVersion: API_VERSION, kind, plural, namespaced: true });

/** Where revisions live in the API. */
export const Revisions = owned<RevisionObject>(REVISION);
/** Where operations live in the API. */
export const Operations = owned<OperationObject>(OPERATION);
