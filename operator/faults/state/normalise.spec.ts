import type { KubeObject } from '@tagservice/controller-runtime';
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { differenceLine, differences } from './difference.ts';
import { maskAll, Renamer, withAliases } from './mask.ts';
import { normalise } from './normalise.ts';

const uid = (digit: string): string => `${digit.repeat(8)}-1111-4111-8111-${digit.repeat(12)}`;

type Chance = { namespace: string; owner: string; hash: string; time: string; password: string; address: string };

const first: Chance = {
  namespace: 'plan-no-1',
  owner: uid('a'),
  hash: '0123456789abcdef',
  time: '2026-11-21T12:00:00Z',
  password: 'cGFzcw==',
  address: '10.96.1.1',
};
const second: Chance = {
  namespace: 'plan-no-2',
  owner: uid('b'),
  hash: 'fedcba9876543210',
  time: '2026-11-22T01:02:03Z',
  password: 'd29yZA==',
  address: '10.96.7.7',
};

/** The same state in two runs: only what is chance differs. */
function objectsOf({ namespace, owner, hash, time, password, address }: Chance): KubeObject[] {
  const child = (kind: string, name: string, rest: object): KubeObject =>
    ({
      kind,
      apiVersion: 'v1',
      metadata: {
        name,
        namespace,
        uid: uid('c'),
        resourceVersion: String(Math.random()),
        creationTimestamp: time,
        annotations: { 'tagservice.dev/applied-by-api': hash },
        ownerReferences: [{ kind: 'TagService', name: 'demo', uid: owner }],
        managedFields: [
          { manager: 'tagservice-operator/api', operation: 'Apply' },
          { manager: 'kube-controller-manager', operation: 'Update' },
        ],
      },
      ...rest,
    }) as unknown as KubeObject;
  return [
    child('TagService', 'demo', { spec: {}, status: { topics: [{ name: `${namespace}.t`, id: hash, ready: true }] } }),
    child('Deployment', 'demo-api-bcd456', {
      spec: { template: { metadata: { annotations: { hash } }, env: `host.${namespace}.svc` } },
      status: { observedGeneration: 1, replicas: 1 },
    }),
    child('Service', 'demo-api', { spec: { clusterIP: address, clusterIPs: [address], ports: [1] } }),
    child('Secret', 'demo-auth', { data: { password, again: password } }),
    child('Pod', `demo-api-${hash.slice(0, 5)}`, {
      spec: { containers: [{ image: 'i:1' }] },
      metadata: { name: 'x', namespace, labels: { 'app.kubernetes.io/component': 'api' } },
    }),
  ];
}

const stateOf = (chance: Chance, change: (objects: KubeObject[]) => KubeObject[] = (objects) => objects) =>
  normalise(
    { objects: change(objectsOf(chance)), topics: [] },
    { aliases: [{ text: chance.namespace, as: 'NAMESPACE' }] },
  );

describe('a normalised state', () => {
  it('is the same for two runs that differ in what is chance', () => {
    expect(differences(stateOf(first).parts, stateOf(second).parts)).toEqual([]);
    expect(stateOf(first).text).toBe(stateOf(second).text);
  });

  it('calls revisions by their age, whichever hash comes first', () => {
    const revisions = (former: string, stable: string) => (objects: KubeObject[]) => {
      const revision = (id: string, number: number): KubeObject =>
        ({ kind: 'TagServiceRevision', metadata: { name: `demo-${id}` }, spec: { number } }) as unknown as KubeObject;
      const job = (id: string): KubeObject =>
        ({ kind: 'Job', metadata: { name: `demo-${id}` } }) as unknown as KubeObject;
      const user = { kind: 'User', metadata: { name: 'x' }, spec: { of: `demo-${stable}` } } as unknown as KubeObject;
      return [...objects, revision(former, 1), revision(stable, 2), ...[former, stable].sort().map(job), user];
    };
    expect(stateOf(first, revisions('0a6a6c56a1', '91f72e2843')).text).toBe(
      stateOf(second, revisions('91f72e2843', '0a6a6c56a1')).text,
    );
  });

  it('does not depend on the order in which objects are found', () => {
    expect(stateOf(first, (objects) => objects.toReversed()).text).toBe(stateOf(first).text);
  });

  it('differs when a child belongs to another owner', () => {
    const foreign = stateOf(second, (objects) =>
      objects.map((object) =>
        object.kind !== 'Service'
          ? object
          : { ...object, metadata: { ...object.metadata, ownerReferences: [{ uid: uid('d') }] as never } },
      ),
    );
    expect(differences(stateOf(first).parts, foreign.parts)).not.toEqual([]);
  });

  it('differs when an object is missing or more', () => {
    expect(differences(stateOf(first).parts, stateOf(first, (objects) => objects.slice(1)).parts)).not.toEqual([]);
    expect(
      differences(stateOf(first).parts, stateOf(first, (objects) => [...objects, objects[1]!]).parts),
    ).toHaveLength(1);
  });

  it('differs when two passwords that were equal are no longer', () => {
    const changed = stateOf(first, (objects) =>
      objects.map((object) => (object.kind === 'Secret' ? { ...object, data: { password: 'a', again: 'b' } } : object)),
    );
    expect(differences(stateOf(first).parts, changed.parts)[0]?.path).toContain('Secret demo-auth.data');
  });

  it('keeps which password a derived text was made of, and its words', () => {
    const secrets = (one: string, other: string, used: string) => (objects: KubeObject[]) => {
      const encode = (text: string): string => Buffer.from(text).toString('base64');
      const secret = (name: string, data: object): KubeObject =>
        ({ kind: 'Secret', metadata: { name }, data }) as unknown as KubeObject;
      const acl = `user app on #${createHash('sha256').update(used).digest('hex')} ~*`;
      return [
        ...objects,
        secret('auth', { app: encode(one), probe: encode(other) }),
        secret('access', { acl: encode(acl), conf: encode(`masterauth ${other}`) }),
      ];
    };
    const [one, other, third] = ['q', 'w', 'e'].map((letter) => letter.repeat(43)) as [string, string, string];
    const wanted = stateOf(first, secrets(one, other, one));
    expect(differences(wanted.parts, stateOf(second, secrets(third, one, third)).parts)).toEqual([]);
    expect(wanted.text).toContain('user app on #');
    expect(wanted.text).not.toContain(one);
    for (const used of [other, third])
      expect(differences(wanted.parts, stateOf(first, secrets(one, other, used)).parts)).toMatchObject([
        { path: 'Secret access.data.acl' },
      ]);
  });

  it('differs when a password is shorter, or empty', () => {
    const shorter = stateOf(first, (objects) =>
      objects.map((object) => (object.kind === 'Secret' ? { ...object, data: { password: '', again: '' } } : object)),
    );
    expect(differences(stateOf(first).parts, shorter.parts).map(({ path }) => path)).toEqual([
      'Secret demo-auth.data.again',
      'Secret demo-auth.data.password',
    ]);
  });

  it('holds values of Secrets only where the run gave them', () => {
    expect(stateOf(first).text).not.toContain(first.password);
    const told = (knownSecrets: readonly string[]): string =>
      normalise({ objects: objectsOf(first), topics: [] }, { aliases: [], knownSecrets }).text;
    expect(told(['demo-auth'])).toContain(first.password);
    expect(told(['another'])).not.toContain(first.password);
  });

  it('counts pods by sort, whatever their names', () => {
    expect(stateOf(first).parts['pods']).toEqual({ 'api i:1 waiting': 1 });
  });

  it('tells topics by partitions and what was set on them', () => {
    const topic = { name: 'n.t', partitions: 2, replicationFactor: 1, offlinePartitions: 0, id: 'x', places: [] };
    const { parts } = normalise(
      { objects: [], topics: [{ ...topic, configs: { a: '1', b: '2' }, overrides: ['b'] }] },
      { aliases: [{ text: 'n.', as: 'N.' }] },
    );
    expect(parts['topics']).toMatchObject([{ partitions: 2, configs: { b: '2' } }]);
  });
});

describe('masking', () => {
  it('tells generated names from given ones', () => {
    expect(maskAll('demo-api-7f9c5d8b6')).toBe('demo-api-<name>');
    for (const name of [
      'demo-redis-primary',
      'demo-redis-access',
      'demo-redis-auth',
      'demo-compute',
      'data-demo-redis-0',
    ])
      expect(maskAll(name)).toBe(name);
  });

  it('gives equal values equal symbols, and different ones different', () => {
    const hash = fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: 16, maxLength: 16 });
    fc.assert(
      fc.property(hash, hash, (one, other) => {
        const renamer = new Renamer();
        const [left, right] = [renamer.rename(`a ${one}`), renamer.rename(`a ${other}`)];
        expect(left === right).toBe(one === other);
      }),
    );
  });

  it('knows the hash of a revision where it stands without its name', () => {
    const text = (hash: string): string =>
      new Renamer().rename(
        `{"name":"demo-api-${hash}","tagservice.dev/revision":"${hash}","t":"{\\"tagservice.dev/revision\\":\\"${hash}\\"}","s":"tagservice.dev/revision=${hash},a=b"}`,
      );
    expect(text('6ef9b23d2b')).toBe(text('af66206565'));
    expect(text('6ef9b23d2b').match(/<name 1>/g)).toHaveLength(4);
  });

  it('replaces the longest alias first', () => {
    const aliases = [
      { text: 'a', as: '1' },
      { text: 'ab', as: '2' },
    ];
    expect(withAliases('ab a', aliases)).toBe('2 1');
  });
});

describe('a difference', () => {
  it('names the place and both values', () => {
    const [one] = differences({ a: { b: [1, 2] } }, { a: { b: [1, 3] } });
    expect(one).toEqual({ path: 'a.b.1', wanted: 2, found: 3 });
    expect(differenceLine(one!)).toBe('a.b.1: wanted 2, found 3');
    expect(differenceLine({ path: 'x', wanted: undefined, found: 'y'.repeat(300) })).toMatch(
      /^x: wanted nothing, found "y+…$/,
    );
  });

  it('is looked for no further than the limit', () => {
    expect(differences([1, 2, 3], [4, 5, 6], 2)).toHaveLength(2);
  });
});
