import { controllerOf, isControlledBy, type KubeObject } from '@tagservice/controller-runtime';
import { ForeignObjectError, FormerChildError } from '../step/outcome.ts';

/** Only a controller reference of ours makes an object ours; one without a controller is somebody's own. Throws for all others. */
export function refuseForeign(kind: string, object: KubeObject, owner: KubeObject): void {
  if (isControlledBy(object, owner)) return;
  const controller = controllerOf(object);
  const isFormer = controller?.kind === owner.kind && controller.name === owner.metadata.name;
  if (isFormer) throw new FormerChildError(kind, object.metadata.name);
  const holder = controller === undefined ? undefined : `${controller.kind} ${controller.name}`;
  throw new ForeignObjectError(kind, object.metadata.name, holder);
}
