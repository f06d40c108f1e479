import type { TagService } from '@tagservice/crd';
import { namesOf } from '../children/names.ts';

/** Name of the volume that a pod of the store keeps its data in. */
export const DATA_VOLUME = 'data';

/** Whether a claim is one that the StatefulSet of the store makes for its pods: it calls them `<volume>-<name>-<number>`. */
export function isDataClaim(service: TagService, name: string): boolean {
  const prefix = `${DATA_VOLUME}-${namesOf(service).redis}-`;
  return name.startsWith(prefix) && /^\d+$/.test(name.slice(prefix.length));
}
