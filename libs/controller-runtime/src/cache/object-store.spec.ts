import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ConfigMap } from '../api/builtin.ts';
import { ConfigurationError } from '../client/errors.ts';
import { ObjectStore } from './object-store.ts';

const state = { hasSynced: () => true, resourceVersion: () => '1' };
const byColour = { colour: (object: ConfigMap) => Object.values(object.data ?? {}) };

function object(name: string, colours: string[], owner?: string): ConfigMap {
  const ownerReferences =
    owner === undefined ? [] : [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'o', uid: owner, controller: true }];
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace: 'n', uid: name, resourceVersion: '1', ownerReferences },
    data: Object.fromEntries(colours.map((colour, index) => [index.toString(), colour])),
  };
}

describe('the store of a cache', () => {
  it('finds objects by key, by namespace, by index and by the uid of their owner', () => {
    const store = new ObjectStore<ConfigMap>(byColour, state);
    store.put(object('a', ['red'], 'u1'));
    store.put(object('b', ['red', 'blue'], 'u2'));
    expect(store.get({ namespace: 'n', name: 'a' })?.metadata.name).toBe('a');
    expect(store.get({ namespace: 'm', name: 'a' })).toBeUndefined();
    expect(store.list('n')).toHaveLength(2);
    expect(store.list('m')).toEqual([]);
    expect(store.byIndex('colour', 'red').map((one) => one.metadata.name)).toEqual(['a', 'b']);
    expect(store.byIndex('colour', 'green')).toEqual([]);
    expect(store.ownedBy('u2').map((one) => one.metadata.name)).toEqual(['b']);
  });

  it('refuses to guess when an index was never declared', () => {
    const store = new ObjectStore<ConfigMap>({}, state);
    expect(() => store.byIndex('colour', 'red')).toThrow(ConfigurationError);
  });

  it('files what it already has when an index is declared later', () => {
    const store = new ObjectStore<ConfigMap>({}, state);
    store.put(object('a', ['red'], 'u1'));
    store.addIndexes(byColour);
    expect(store.byIndex('colour', 'red')).toHaveLength(1);
    expect(store.ownedBy('u1')).toHaveLength(1);
  });

  it('has indexes that agree with a search through everything, after any changes', () => {
    const change = fc.record({
      name: fc.constantFrom('a', 'b', 'c'),
      colours: fc.array(fc.constantFrom('red', 'green', 'blue'), { maxLength: 3 }),
      remove: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(change, { maxLength: 30 }), (changes) => {
        const store = new ObjectStore<ConfigMap>(byColour, state);
        for (const { name, colours, remove } of changes) {
          if (remove) store.remove({ namespace: 'n', name });
          else store.put(object(name, colours));
        }
        for (const colour of ['red', 'green', 'blue']) {
          const searched = store.list().filter((one) => byColour.colour(one).includes(colour));
          expect(new Set(store.byIndex('colour', colour))).toEqual(new Set(searched));
        }
      }),
    );
  });
});
