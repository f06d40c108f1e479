import type { Applied, KubeObject, Preview, Resource } from '@tagservice/controller-runtime';
import type { PlannedChange } from '@tagservice/crd';
import { shorten } from '../service/conditions.ts';
import { PLAN_FIELDS } from '../service/status-size.ts';
import { fieldManagerOf, findOwn, ownedBy, type ChildWriter, type ChildWriterOptions } from './child-writer.ts';

/** Objects that were only made up, by uid of their owner and name: made anew at each look they would differ each time. */
export type MadeUp = Map<string, KubeObject>;

export type PlanWriterOptions = Omit<ChildWriterOptions, 'corrected'> & {
  readonly planned: (change: PlannedChange) => void;
  readonly madeUp: MadeUp;
};

const VALUE_BYTES = 96;
const PATH_BYTES = 256;

/**
 * The writer in mode Plan: asks the API server what each write would do (by dry run, so its defaults, webhooks and refusals count) and does
 * nothing.
 */
export function planWriter(options: PlanWriterOptions): ChildWriter {
  const { applier, refusals, owner, concern, signal, planned, madeUp } = options;
  return {
    async apply(resource, desired) {
      const wanted = ownedBy(owner, desired);
      const attempt = refusals.attempt({ resource, wanted, concern, owner });
      const live = await findOwn(options, resource, desired.metadata.name);
      const preview = await attempt(() =>
        applier.preview(resource, wanted, { fieldManager: fieldManagerOf(concern), signal }),
      );
      const change = changeOf(`${resource.kind}/${desired.metadata.name}`, preview);
      if (change !== undefined) planned(change);
      return live;
    },
    async createOnce(resource, name, make) {
      const live = await findOwn(options, resource, name);
      if (live !== undefined) return live;
      planned({ object: `${resource.kind}/${name}`, action: 'create' });
      const key = `${owner.metadata.uid} ${resource.kind} ${name}`;
      const made = madeUp.get(key) ?? asObject(resource, ownedBy(owner, make()));
      madeUp.set(key, made);
      return made as never;
    },
    patch(resource, child, { patch }) {
      const fields = leavesOf(patch).slice(0, PLAN_FIELDS);
      if (fields.length > 0) planned({ object: `${resource.kind}/${child.metadata.name}`, action: 'update', fields });
      return Promise.resolve(child);
    },
    scale(resource, child, replicas) {
      const fields = [{ field: 'spec.replicas', wanted: String(replicas) }];
      planned({ object: `${resource.kind}/${child.metadata.name}`, action: 'update', fields });
      return Promise.resolve(child.metadata);
    },
    async remove(resource, name) {
      const live = await findOwn(options, resource, name);
      if (live === undefined) return true;
      planned({ object: `${resource.kind}/${name}`, action: 'delete' });
      return false;
    },
  };
}

/** An object as it would be read, for steps that go on from what they created. */
function asObject<T extends KubeObject>(resource: Resource<T>, made: Applied<T>): KubeObject {
  const { apiVersion, kind } = resource;
  return { ...made, apiVersion, kind, metadata: { ...made.metadata, uid: '', resourceVersion: '' } } as KubeObject;
}

function changeOf(object: string, { change, differences }: Preview): PlannedChange | undefined {
  if (change === 'none') return undefined;
  if (change === 'create') return { object, action: 'create' };
  const fields = differences.fields.slice(0, PLAN_FIELDS).map(({ path, found, wanted }) => ({
    field: shorten(path, PATH_BYTES),
    ...(found !== undefined && { found: shorten(found, VALUE_BYTES) }),
    ...(wanted !== undefined && { wanted: shorten(wanted, VALUE_BYTES) }),
  }));
  return fields.length === 0 ? undefined : { object, action: 'update', fields };
}

type Field = NonNullable<PlannedChange['fields']>[number];

/** The fields that a merge patch sets; one that it removes has no wanted value. */
function leavesOf(patch: unknown, path = ''): Field[] {
  if (patch === null) return [{ field: shorten(path, PATH_BYTES) }];
  if (typeof patch !== 'object' || Array.isArray(patch))
    return [{ field: shorten(path, PATH_BYTES), wanted: shorten(JSON.stringify(patch), VALUE_BYTES) }];
  return Object.entries(patch).flatMap(([key, value]) => leavesOf(value, path === '' ? key : `${path}.${key}`));
}
