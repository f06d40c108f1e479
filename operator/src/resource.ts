import { defineResource, type KubeObject } from '@tagservice/controller-runtime';
import { API_VERSION, KIND, PLURAL, type TagServiceStatus } from '@tagservice/crd';

/** A TagService as the API server sends it: the spec is not read yet. */
export type TagServiceObject = KubeObject & { spec?: unknown; status?: TagServiceStatus };

/** Where TagServices live in the API. */
export const TagServices = defineResource<TagServiceObject>({
  apiVersion: API_VERSION,
  kind: KIND,
  plural: PLURAL,
  namespaced: true,
});
