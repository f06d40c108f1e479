import { beforeEach, describe, expect, it, vi } from 'vitest';
import { ConfigMap, Deployment } from '../api/builtin.ts';
import { MemoryClient } from '../testing/memory-client.ts';
import { createApplier } from './applier.ts';
import type { Applier } from './types.ts';
import type { Cache } from '../cache/types.ts';

const key = { namespace: 'default', name: 'a' };
const desired = { metadata: key, data: { colour: 'red' } };
const options = { fieldManager: 'test/one' };

let client: MemoryClient;
let applier: Applier;

beforeEach(() => {
  client = new MemoryClient();
  applier = createApplier({ client });
});

const writes = (): string[] => client.calls.filter((call) => call.startsWith('apply'));

/** A cache that shows what the test puts into it. */
function cacheOf(state: {
  object: ConfigMap | undefined;
  version: string;
  synced?: boolean;
  selects?: boolean | 'unknown';
}): Cache {
  const store = {
    get: () => state.object,
    hasSynced: () => state.synced ?? true,
    resourceVersion: () => state.version,
  };
  const selects = (): boolean | undefined => (state.selects === 'unknown' ? undefined : (state.selects ?? true));
  return { existing: () => ({ store, selects }) } as unknown as Cache;
}

describe('applying only what changed', () => {
  it('writes once, then no more while nothing changes', async () => {
    expect((await applier.apply(ConfigMap, desired, options)).outcome).toBe('applied');
    for (let i = 0; i < 10; i += 1)
      expect((await applier.apply(ConfigMap, desired, options)).outcome).toBe('unchanged');
    expect(writes()).toHaveLength(1);
  });

  it('writes when the content changes', async () => {
    await applier.apply(ConfigMap, desired, options);
    await applier.apply(ConfigMap, { metadata: key, data: { colour: 'blue' } }, options);
    expect(writes()).toHaveLength(2);
    expect(client.peek(ConfigMap, key)?.data).toEqual({ colour: 'blue' });
  });

  it('corrects what somebody else changed in our fields', async () => {
    await applier.apply(ConfigMap, desired, options);
    client.put(ConfigMap, { metadata: key, data: { colour: 'green' } });
    expect((await applier.apply(ConfigMap, desired, options)).outcome).toBe('applied');
    expect(client.peek(ConfigMap, key)?.data).toEqual({ colour: 'red' });
  });

  it('leaves alone what somebody else adds beside our fields', async () => {
    await applier.apply(ConfigMap, desired, options);
    client.put(ConfigMap, { metadata: key, data: { colour: 'red', theirs: 'x' } });
    expect((await applier.apply(ConfigMap, desired, options)).outcome).toBe('unchanged');
  });

  it('makes an object again that was deleted, or made anew by somebody else', async () => {
    await applier.apply(ConfigMap, desired, options);
    client.drop(ConfigMap, key);
    expect((await applier.apply(ConfigMap, desired, options)).outcome).toBe('applied');
    client.drop(ConfigMap, key);
    client.put(ConfigMap, desired);
    expect((await applier.apply(ConfigMap, desired, options)).outcome).toBe('applied');
  });

  it('keeps managers and subresources apart', async () => {
    const status = { metadata: key, status: { replicas: 1 } };
    await applier.apply(Deployment, { metadata: key, spec: { minReadySeconds: 1 } }, options);
    await applier.apply(Deployment, { metadata: key, spec: { paused: true } }, { fieldManager: 'test/two' });
    await applier.applyStatus(Deployment, status, options);
    expect((await applier.applyStatus(Deployment, status, options)).outcome).toBe('unchanged');
    expect(client.calls.filter((call) => call.startsWith('apply'))).toHaveLength(3);
  });

  it('writes again what it was told to forget', async () => {
    await applier.apply(ConfigMap, desired, options);
    applier.forget(ConfigMap, key);
    expect((await applier.apply(ConfigMap, desired, options)).outcome).toBe('applied');
  });

  it('remembers nothing of a write that failed', async () => {
    client.before = (call) => {
      if (call.startsWith('apply')) throw new TypeError('lost');
    };
    await expect(applier.apply(ConfigMap, desired, options)).rejects.toThrow('lost');
    client.before = undefined;
    expect((await applier.apply(ConfigMap, desired, options)).outcome).toBe('applied');
  });

  it('tells why it wrote, and what it found where somebody else had changed something', async () => {
    expect(await applier.apply(ConfigMap, desired, options)).toMatchObject({ cause: 'first' });
    expect(await applier.apply(ConfigMap, desired, options)).toMatchObject({ cause: undefined });
    client.put(ConfigMap, { metadata: key, data: { colour: 'green', theirs: 'x' } });
    expect(await applier.apply(ConfigMap, desired, options)).toMatchObject({
      cause: 'drift',
      corrected: { fields: [{ path: 'data.colour', found: '"green"', wanted: '"red"' }], omitted: 0 },
    });
    const blue = { metadata: key, data: { colour: 'blue' } };
    expect(await applier.apply(ConfigMap, blue, options)).toMatchObject({ cause: 'wish', corrected: { fields: [] } });
    client.drop(ConfigMap, key);
    expect(await applier.apply(ConfigMap, blue, options)).toMatchObject({ cause: 'missing' });
    client.drop(ConfigMap, key);
    client.put(ConfigMap, blue);
    expect(await applier.apply(ConfigMap, blue, options)).toMatchObject({ cause: 'replaced' });
  });

  describe('with a cache', () => {
    it('reads nothing from the server', async () => {
      const state = { object: undefined as ConfigMap | undefined, version: '0' };
      applier = createApplier({ client, cache: cacheOf(state) });
      state.object = (await applier.apply(ConfigMap, desired, options)).object;
      expect((await applier.apply(ConfigMap, desired, options)).object).toBe(state.object);
      expect(client.calls).toEqual(['apply v1/configmaps default/a']);
    });

    it('asks the server, and repeats no write, where its cache has not seen the last one yet', async () => {
      const state = { object: undefined as ConfigMap | undefined, version: '0' };
      applier = createApplier({ client, cache: cacheOf(state) });
      const { object } = await applier.apply(ConfigMap, desired, options);
      expect(await applier.apply(ConfigMap, desired, options)).toEqual({
        outcome: 'unchanged',
        object,
        cause: undefined,
        corrected: { fields: [], omitted: 0 },
      });
      expect(client.calls.at(-1)).toBe('find v1/configmaps default/a');
    });

    it('corrects what a backup has brought back, and what was changed behind a cache that shows nothing', async () => {
      const state = { object: undefined as ConfigMap | undefined, version: '0' };
      applier = createApplier({ client, cache: cacheOf(state) });
      state.object = (await applier.apply(ConfigMap, desired, options)).object;
      await applier.apply(ConfigMap, { metadata: key, data: { colour: 'blue' } }, options);
      client.put(ConfigMap, { metadata: key, data: { colour: 'green' } });
      expect(await applier.apply(ConfigMap, { metadata: key, data: { colour: 'blue' } }, options)).toMatchObject({
        cause: 'drift',
      });
      expect(client.peek(ConfigMap, key)?.data).toEqual({ colour: 'blue' });
    });

    it('asks the server once after a backup has brought back what we want, with an older version', async () => {
      const state = { object: undefined as ConfigMap | undefined, version: '9' };
      applier = createApplier({ client, cache: cacheOf(state) });
      client.put(ConfigMap, { metadata: { ...key, name: 'other' } });
      const { object } = await applier.apply(ConfigMap, desired, options);
      const restored = { ...object, metadata: { ...object.metadata, resourceVersion: '1' } };
      const find = vi.spyOn(client, 'find').mockResolvedValue(restored as never);
      Object.assign(state, { object: restored, version: '1' });
      for (let i = 0; i < 3; i += 1)
        expect((await applier.apply(ConfigMap, desired, options)).outcome).toBe('unchanged');
      expect(find).toHaveBeenCalledTimes(1);
    });

    it('does not take its own older state in the cache for a change by somebody else', async () => {
      const state = { object: undefined as ConfigMap | undefined, version: '0' };
      applier = createApplier({ client, cache: cacheOf(state) });
      state.object = (await applier.apply(ConfigMap, desired, options)).object;
      await applier.apply(ConfigMap, { metadata: key, data: { colour: 'blue' } }, options);
      expect((await applier.apply(ConfigMap, { metadata: key, data: { colour: 'blue' } }, options)).outcome).toBe(
        'unchanged',
      );
    });

    it('makes an object again when the cache has seen that it is gone', async () => {
      const state = { object: undefined as ConfigMap | undefined, version: '0' };
      applier = createApplier({ client, cache: cacheOf(state) });
      await applier.apply(ConfigMap, desired, options);
      state.version = '99';
      expect((await applier.apply(ConfigMap, desired, options)).outcome).toBe('applied');
    });

    it.each([false, 'unknown' as const])(
      'asks the server about an object that the cache may leave out (selected: %s), instead of making it again and again',
      async (selects) => {
        applier = createApplier({ client, cache: cacheOf({ object: undefined, version: '99', selects }) });
        await applier.apply(ConfigMap, desired, options);
        expect((await applier.apply(ConfigMap, desired, options)).outcome).toBe('unchanged');
        expect(client.calls.at(-1)).toBe('find v1/configmaps default/a');
      },
    );

    describe('that shows what an earlier process wrote', () => {
      const recordIn = (fieldManager: string) => `example.dev/${fieldManager.replace('/', '-')}`;
      const begin = (state: Parameters<typeof cacheOf>[0]) =>
        createApplier({ client, cache: cacheOf(state), recordIn });
      /** The object as an earlier process left it. */
      const left = async (): Promise<ConfigMap> => {
        await createApplier({ client, recordIn }).apply(ConfigMap, desired, options);
        client.calls.length = 0;
        return client.peek(ConfigMap, key)!;
      };

      it('writes nothing where it would write the same', async () => {
        const object = await left();
        const outcome = await begin({ object, version: '9' }).apply(ConfigMap, desired, options);
        expect(outcome).toEqual({
          outcome: 'unchanged',
          object,
          cause: undefined,
          corrected: { fields: [], omitted: 0 },
        });
        expect(client.calls).toEqual([]);
      });

      it('writes another wish, and the same one where somebody changed a value since', async () => {
        const object = await left();
        const blue = { metadata: key, data: { colour: 'blue' } };
        expect((await begin({ object, version: '9' }).apply(ConfigMap, blue, options)).outcome).toBe('applied');
        const changed = { ...object, data: { colour: 'green' } };
        const outcome = await begin({ object: changed, version: '9' }).apply(ConfigMap, desired, options);
        expect(outcome).toMatchObject({ outcome: 'applied', cause: 'first' });
      });

      it('writes where the earlier process declared more: what it left behind is given up', async () => {
        const more = { metadata: key, data: { colour: 'red', shape: 'round' } };
        await createApplier({ client, recordIn }).apply(ConfigMap, more, options);
        const object = client.peek(ConfigMap, key)!;
        expect((await begin({ object, version: '9' }).apply(ConfigMap, desired, options)).outcome).toBe('applied');
      });

      it('corrects what somebody changes afterwards', async () => {
        const state = { object: await left(), version: '9' };
        applier = begin(state);
        await applier.apply(ConfigMap, desired, options);
        const { annotations } = state.object.metadata;
        state.object = client.put(ConfigMap, { metadata: { ...key, annotations }, data: { colour: 'green' } });
        expect(await applier.apply(ConfigMap, desired, options)).toMatchObject({
          cause: 'drift',
          corrected: { fields: [{ path: 'data.colour', found: '"green"', wanted: '"red"' }] },
        });
      });

      it('writes where another manager has applied the object, or nobody has recorded what was applied', async () => {
        const object = await left();
        const other = { fieldManager: 'test/two' };
        expect((await begin({ object, version: '9' }).apply(ConfigMap, desired, other)).outcome).toBe('applied');
        const plain = client.put(ConfigMap, desired);
        expect((await begin({ object: plain, version: '9' }).apply(ConfigMap, desired, options)).outcome).toBe(
          'applied',
        );
      });

      it('writes a status, which has no place for a record', async () => {
        const status = { metadata: key, status: { replicas: 1 } };
        client.put(Deployment, { metadata: key });
        for (let process = 0; process < 2; process += 1) {
          const outcome = await begin({ object: undefined, version: '9' }).applyStatus(Deployment, status, options);
          expect(outcome.outcome).toBe('applied');
        }
        expect(client.peek(Deployment, key)?.metadata.annotations).toBeUndefined();
      });
    });

    it('asks the server while the cache has not synced', async () => {
      applier = createApplier({ client, cache: cacheOf({ object: undefined, version: '99', synced: false }) });
      await applier.apply(ConfigMap, desired, options);
      expect((await applier.apply(ConfigMap, desired, options)).outcome).toBe('unchanged');
      expect(client.calls.at(-1)).toBe('find v1/configmaps default/a');
    });
  });
});
