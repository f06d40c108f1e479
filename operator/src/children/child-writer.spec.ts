import { ApiError, Deployment, FakeClock, StoreRefusedError, type Cache } from '@tagservice/controller-runtime';
import { beforeEach, describe, expect, it } from 'vitest';
import { childWriter, type ChildWriter } from './child-writer.ts';
import { owner } from './owner.fixture.ts';
import { Refusals } from './refusals.ts';

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

describe('a child that is to go', () => {
  const found = {
    ...desired,
    metadata: { ...desired.metadata, uid: 'u2', ownerReferences: [{ uid: 'u1', controller: true }] },
  };
  const removing = (answer: () => Promise<void>): ChildWriter =>
    childWriter({
      client: { delete: answer } as never,
      cache: { store: () => ({ get: () => found }) } as unknown as Cache,
      applier: { forget: () => undefined } as never,
      refusals: new Refusals(new FakeClock()),
      owner,
      concern: 'api',
      signal: new AbortController().signal,
      corrected: () => undefined,
    });
  const answering = (code: number) => removing(() => Promise.reject(new ApiError({ code, message: 'no' }, 'DELETE')));

  it('may be gone already, which a cache that is behind does not show', async () => {
    expect(await answering(404).remove(Deployment, 'demo-api')).toBe(false);
  });

  it('is not taken for gone when the server refuses it for a newer version', async () => {
    await expect(answering(409).remove(Deployment, 'demo-api')).rejects.toMatchObject({ code: 409 });
  });
});
