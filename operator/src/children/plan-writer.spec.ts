import {
  ConfigMap,
  Deployment,
  FakeClock,
  Secret,
  type Applier,
  type Cache,
  type KubeClient,
  type KubeObject,
  type Preview,
} from '@tagservice/controller-runtime';
import type { PlannedChange } from '@tagservice/crd';
import { beforeEach, describe, expect, it } from 'vitest';
import { ForeignObjectError } from '../step/outcome.ts';
import type { ChildWriter } from './child-writer.ts';
import { owner } from './owner.fixture.ts';
import { planWriter } from './plan-writer.ts';
import { Refusals } from './refusals.ts';

const ours = { metadata: { ownerReferences: [{ uid: 'u1', controller: true, kind: 'TagService', name: 'demo' }] } };
const object = (kind: string, name: string, more = ours) =>
  ({ kind, metadata: { name, namespace: 'tags', uid: name, resourceVersion: '7', ...more.metadata } }) as KubeObject;

let live: KubeObject[];
let preview: Preview;
let plan: PlannedChange[];
let writer: ChildWriter;

/** Everything but a look throws: in mode Plan nothing else may be called. */
const onlyLooks = <T extends object>(looks: Partial<T>): T =>
  new Proxy(looks, {
    get(target, name) {
      if (name in target) return target[name as keyof T];
      throw new Error(`${String(name)} was called in mode Plan`);
    },
  }) as T;

beforeEach(() => {
  live = [];
  plan = [];
  preview = { change: 'create', differences: { fields: [], omitted: 0 } };
  const find = ({ kind }: { kind: string }, name: string) =>
    live.find((one) => one.kind === kind && one.metadata.name === name);
  writer = planWriter({
    client: onlyLooks<KubeClient>({ find: (resource, key) => Promise.resolve(find(resource, key.name) as never) }),
    cache: onlyLooks<Cache>({ store: () => ({ get: () => undefined }) as never }),
    applier: onlyLooks<Applier>({ preview: () => Promise.resolve(preview) }),
    refusals: new Refusals(new FakeClock()),
    owner,
    concern: 'api',
    signal: new AbortController().signal,
    madeUp: new Map(),
    planned: (change) => plan.push(change),
  });
});

describe('in mode Plan', () => {
  it('a child that is not there would be made', async () => {
    expect(await writer.apply(Deployment, { metadata: { name: 'demo-api' } })).toBeUndefined();
    expect(plan).toEqual([{ object: 'Deployment/demo-api', action: 'create' }]);
  });

  it('a child that differs would be changed, and what was found and wanted is told', async () => {
    live.push(object('Deployment', 'demo-api'));
    const fields = Array.from({ length: 9 }, (_, n) => ({
      path: `spec.f${n}`,
      found: 'a'.repeat(300),
      wanted: undefined,
    }));
    preview = { change: 'update', differences: { fields, omitted: 0 } };
    expect(await writer.apply(Deployment, { metadata: { name: 'demo-api' } })).toBe(live[0]);
    expect(plan).toMatchObject([{ object: 'Deployment/demo-api', action: 'update' }]);
    expect(plan[0]?.fields).toHaveLength(6);
    expect(plan[0]?.fields?.[0]).toEqual({ field: 'spec.f0', found: `${'a'.repeat(93)}…` });
  });

  it('a child that is as declared is no part of the plan', async () => {
    live.push(object('Deployment', 'demo-api'));
    preview = { change: 'none', differences: { fields: [], omitted: 0 } };
    await writer.apply(Deployment, { metadata: { name: 'demo-api' } });
    expect(plan).toEqual([]);
  });

  it('an object of somebody else is refused as it would be in earnest', async () => {
    live.push(object('ConfigMap', 'demo-redis', { metadata: { ownerReferences: [] } }));
    await expect(writer.apply(ConfigMap, { metadata: { name: 'demo-redis' } })).rejects.toBeInstanceOf(
      ForeignObjectError,
    );
  });

  it('a Secret is made up once, so that what follows from it stays the same, and none of its values is told', async () => {
    let made = 0;
    const make = () => ({ metadata: { name: 'demo-redis-auth' }, data: { password: `secret-${++made}` } });
    const [first, second] = [
      await writer.createOnce(Secret, 'demo-redis-auth', make),
      await writer.createOnce(Secret, 'demo-redis-auth', make),
    ];
    expect(first.data).toEqual({ password: 'secret-1' });
    expect(second).toBe(first);
    expect(plan[0]).toEqual({ object: 'Secret/demo-redis-auth', action: 'create' });
    expect(JSON.stringify(plan)).not.toContain('secret-1');
  });

  it('a child that is no longer wanted would be deleted, once', async () => {
    expect(await writer.remove(Deployment, 'demo-api')).toBe(true);
    live.push(object('Deployment', 'demo-api'));
    expect(await writer.remove(Deployment, 'demo-api')).toBe(false);
    expect(plan).toEqual([{ object: 'Deployment/demo-api', action: 'delete' }]);
  });

  it('a patch and a number of pods are told field by field', async () => {
    const child = object('Deployment', 'demo-api') as Deployment;
    expect(await writer.patch(Deployment, child, { patch: { spec: { paused: true, strategy: null } } })).toBe(child);
    await writer.scale(Deployment, child, 3);
    expect(plan.map(({ fields }) => fields)).toEqual([
      [{ field: 'spec.paused', wanted: 'true' }, { field: 'spec.strategy' }],
      [{ field: 'spec.replicas', wanted: '3' }],
    ]);
  });
});
