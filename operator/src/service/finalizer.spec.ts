import { ApiError } from '@tagservice/controller-runtime';
import { beforeEach, describe, expect, it } from 'vitest';
import { cacheOf, service } from '../../test/fixtures.ts';
import type { TagServiceObject } from '../resource.ts';
import { alignFinalizer, finalise, FINALIZER, type FinaliseOptions } from './finalizer.ts';

type Meta = { version?: string; uid?: string; generation?: number; finalizers?: string[]; deletionTimestamp?: string };
const object = ({ version = '1', uid = 'u1', ...more }: Meta = {}) =>
  ({ metadata: { namespace: 'tags', name: 'demo', uid, resourceVersion: version, ...more } }) as TagServiceObject;

let stored: TagServiceObject | undefined;
let patches: number;

beforeEach(() => {
  stored = undefined;
  patches = 0;
});

const client = {
  find: () => Promise.resolve(stored as never),
  patch: (_resource: unknown, _key: unknown, { patch }: { patch: object }) => {
    patches += 1;
    const { metadata } = patch as { metadata: { finalizers: string[]; uid: string; resourceVersion: string } };
    if (stored === undefined) return Promise.reject(new ApiError({ code: 404 }, 'PATCH'));
    if (metadata.resourceVersion !== stored.metadata.resourceVersion || metadata.uid !== stored.metadata.uid)
      return Promise.reject(new ApiError({ code: 409, reason: 'Conflict' }, 'PATCH'));
    stored = object({ version: '9', finalizers: metadata.finalizers });
    return Promise.resolve(stored as never);
  },
};

describe('the finalizer', () => {
  it('is put on and taken off, and the answer is the resource as it is then', async () => {
    stored = object();
    const on = await alignFinalizer(client, object(), true);
    expect(on?.metadata).toMatchObject({ finalizers: [FINALIZER], resourceVersion: '9' });
    const off = await alignFinalizer(client, object({ version: '9', finalizers: ['other', FINALIZER] }), false);
    expect(off?.metadata.finalizers).toEqual(['other']);
  });

  it('is not written when it fits', async () => {
    const fitting = object({ finalizers: [FINALIZER] });
    expect(await alignFinalizer(client, fitting, true)).toBe(fitting);
    expect(patches).toBe(0);
  });

  it('is put on the newest version when the cache is behind', async () => {
    stored = object({ version: '5', finalizers: ['other'] });
    expect((await alignFinalizer(client, object(), true))?.metadata.finalizers).toEqual(['other', FINALIZER]);
  });

  it('is left when the newest version has it already', async () => {
    stored = object({ version: '5', finalizers: [FINALIZER] });
    expect(await alignFinalizer(client, object(), true)).toBe(stored);
    expect(patches).toBe(1);
  });

  it('is left as it is on a newer declaration, which may say something else of it', async () => {
    stored = object({ version: '5', generation: 2, finalizers: [FINALIZER] });
    const former = object({ generation: 1, finalizers: [FINALIZER] });
    expect(await alignFinalizer(client, former, false)).toBe(stored);
    expect(stored.metadata.finalizers).toEqual([FINALIZER]);
  });

  it('is taken off one that is being deleted, whatever is declared meanwhile', async () => {
    const deletionTimestamp = '2026-01-01T00:00:00Z';
    stored = object({ version: '5', generation: 3, finalizers: [FINALIZER], deletionTimestamp });
    await alignFinalizer(client, object({ generation: 2, finalizers: [FINALIZER], deletionTimestamp }), false);
    expect(stored.metadata.finalizers).toEqual([]);
  });

  it('is no matter of a resource that is gone, or of another one of its name', async () => {
    expect(await alignFinalizer(client, object(), true)).toBeUndefined();
    stored = object({ version: '5', uid: 'u2' });
    expect(await alignFinalizer(client, object(), true)).toBeUndefined();
    expect(stored.metadata.finalizers).toBeUndefined();
  });

  it('fails with what the API server says when it is forbidden', async () => {
    const forbidden = {
      ...client,
      patch: () => Promise.reject(new ApiError({ code: 403, message: 'cannot patch' }, 'PATCH')),
    };
    await expect(alignFinalizer(forbidden, object(), true)).rejects.toThrow('cannot patch');
  });
});

describe('the volumes of a TagService that is deleted', () => {
  it('go with it, and no other claim that carries its labels', async () => {
    const names = [
      'data-demo-redis-0',
      'data-demo-redis-1',
      'data-demo-redis-0-backup',
      'restored',
      'data-demo-redis-',
    ];
    const deleted: string[] = [];
    const items = names.map((name) => ({ metadata: { name, namespace: 'tags', uid: `uid-of-${name}` } }));
    const options = {
      service: service(),
      cache: cacheOf([]),
      children: { remove: () => Promise.resolve(false) },
      kafka: {},
      client: {
        list: () => Promise.resolve({ items }),
        delete: (_resource: unknown, { name }: { name: string }, { uid }: { uid: string }) => {
          expect(uid).toBe(`uid-of-${name}`);
          deleted.push(name);
          return Promise.resolve();
        },
      },
      signal: new AbortController().signal,
      keepTopics: true,
    } as unknown as FinaliseOptions;
    expect(await finalise(options)).toBeUndefined();
    expect(deleted).toEqual(['data-demo-redis-0', 'data-demo-redis-1']);
  });
});
