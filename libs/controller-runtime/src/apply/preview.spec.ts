import { beforeEach, describe, expect, it } from 'vitest';
import { ConfigMap, Secret } from '../api/builtin.ts';
import { MemoryClient } from '../testing/memory-client.ts';
import { StubCache } from '../testing/stub-cache.ts';
import { createApplier } from './applier.ts';
import type { Applier } from './types.ts';

const key = { namespace: 'default', name: 'a' };
const red = { metadata: key, data: { colour: 'red' } };
const options = { fieldManager: 'test/one' };

let client: MemoryClient;
let cache: StubCache;
let applier: Applier;

beforeEach(() => {
  client = new MemoryClient();
  cache = new StubCache();
  applier = createApplier({ client, cache });
});

/** Somebody else's write, as server and cache show it. */
function store(data: Record<string, string>): void {
  cache.put(ConfigMap, client.put(ConfigMap, { metadata: key, data }));
}

describe('previewing an apply', () => {
  it('names what would be created, and creates nothing', async () => {
    expect(await applier.preview(ConfigMap, red, options)).toEqual({
      change: 'create',
      differences: { fields: [{ path: 'data.colour', found: undefined, wanted: '"red"' }], omitted: 0 },
    });
    expect(client.peek(ConfigMap, key)).toBeUndefined();
  });

  it('names what would be changed, with the value that is there', async () => {
    store({ colour: 'green', theirs: 'x' });
    expect(await applier.preview(ConfigMap, red, options)).toEqual({
      change: 'update',
      differences: { fields: [{ path: 'data.colour', found: '"green"', wanted: '"red"' }], omitted: 0 },
    });
    expect(client.peek(ConfigMap, key)?.data).toEqual({ colour: 'green', theirs: 'x' });
  });

  it('says so when nothing would change', async () => {
    store({ colour: 'red' });
    expect((await applier.preview(ConfigMap, red, options)).change).toBe('none');
  });

  it('says nothing of the record that an apply would leave behind', async () => {
    const recordIn = () => 'example.dev/applied';
    applier = createApplier({ client, cache, recordIn });
    await applier.apply(ConfigMap, red, options);
    expect(client.peek(ConfigMap, key)?.metadata.annotations).toHaveProperty(['example.dev/applied']);
    expect(await applier.preview(ConfigMap, red, options)).toMatchObject({ change: 'none' });
    const blue = { metadata: { ...key, annotations: { mine: 'x' } }, data: { colour: 'blue' } };
    const { differences } = await applier.preview(ConfigMap, blue, options);
    expect(differences.fields.map(({ path }) => path).sort()).toEqual(['data.colour', 'metadata.annotations.mine']);
  });

  it('asks the server once for as long as neither the wish nor the live object changes', async () => {
    store({ colour: 'green' });
    for (let i = 0; i < 5; i += 1) await applier.preview(ConfigMap, red, options);
    expect(client.calls).toEqual(['find v1/configmaps default/a', 'preview v1/configmaps default/a']);
    store({ colour: 'blue' });
    expect((await applier.preview(ConfigMap, red, options)).differences.fields[0]?.found).toBe('"blue"');
    await applier.preview(ConfigMap, { metadata: key, data: { colour: 'black' } }, options);
    expect(client.calls).toHaveLength(6);
  });

  it('asks the server each time about an object that the cache leaves out: nobody tells when it changes', async () => {
    cache.selects = () => false;
    client.put(ConfigMap, { metadata: key, data: { colour: 'green' } });
    await applier.preview(ConfigMap, red, options);
    client.put(ConfigMap, { metadata: key, data: { colour: 'blue' } });
    expect((await applier.preview(ConfigMap, red, options)).differences.fields[0]?.found).toBe('"blue"');
  });

  it('shows nothing of what a Secret holds', async () => {
    client.put(Secret, { metadata: key, data: { password: 'aHVudGVyMg==' } });
    const preview = await applier.preview(Secret, { metadata: key, data: { password: 'c3dvcmRmaXNo' } }, options);
    expect(preview.differences.fields).toEqual([{ path: 'data.password', found: '(secret)', wanted: '(secret)' }]);
  });

  it('rejects as the apply would', async () => {
    client.before = (call) => {
      if (call.startsWith('preview')) throw new TypeError('invalid');
    };
    await expect(applier.preview(ConfigMap, red, options)).rejects.toThrow('invalid');
  });
});
