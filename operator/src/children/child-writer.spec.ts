import {
  ApiError,
  Deployment,
  FakeClock,
  StoreRefusedError,
  type Cache,
  type KubeObject,
} from '@tagservice/controller-runtime';
import { beforeEach, describe, expect, it } from 'vitest';
import { childWriter, type ChildWriter } from './child-writer.ts';
import { Refusals } from './refusals.ts';

const owner = {
  apiVersion: 'tagservice.dev/v1alpha1',
  kind: 'TagService',
  metadata: { uid: 'u1', name: 'demo', namespace: 'tags', resourceVersion: '1' },
} as KubeObject;
const desired = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'demo-api' } } as const;

let asked: string[];
let writer: ChildWriter;

beforeEach(() => {
  asked = [];
  const refused = new StoreRefusedError(
    'apps/v1/deployments',
    new ApiError({ code: 403, message: 'cannot list resource "deployments"' }, 'GET /apis/apps/v1/deployments'),
  );
  const recording = (what: string): never =>
    new Proxy(
      {},
      {
        get: (_target, name) => () => {
          asked.push(`${what}.${String(name)}`);
          return Promise.resolve();
        },
      },
    ) as never;
  const store = {
    get: (): never => {
      throw refused;
    },
  };
  writer = childWriter({
    client: recording('client'),
    cache: { store: () => store } as unknown as Cache,
    applier: recording('applier'),
    refusals: new Refusals(new FakeClock()),
    owner,
    concern: 'api',
    signal: new AbortController().signal,
    corrected: () => asked.push('corrected'),
  });
});

describe('children of a kind that the operator is not allowed to see', () => {
  const writes: Readonly<Record<string, () => Promise<unknown>>> = {
    applied: () => writer.apply(Deployment, desired),
    created: () => writer.createOnce(Deployment, 'demo-api', () => desired),
    removed: () => writer.remove(Deployment, 'demo-api'),
  };

  it.each(Object.keys(writes))('are not %s blindly: the API server is asked nothing', async (what) => {
    await expect(writes[what]?.()).rejects.toThrow('cannot list resource "deployments"');
    expect(asked).toEqual([]);
  });
});
