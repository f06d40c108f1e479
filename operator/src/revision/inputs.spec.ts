import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { service } from '../../test/fixtures.ts';
import { digestOf, readInputs, type Content } from './inputs.ts';
import { referencesOf, type Reference } from './references.ts';

const reference = (more: Partial<Reference> = {}): Reference => ({
  kind: 'Secret',
  name: 'token',
  key: 'value',
  optional: false,
  component: 'api',
  field: 'spec.api.pod.env TOKEN',
  ...more,
});
const holding = (values: Readonly<Record<string, string>>): Content => ({
  kind: 'known',
  digests: new Map(Object.entries(values).map(([key, value]) => [key, digestOf(value)])),
});
const hashOf = (content: Content, secret = 'password', references = [reference()]): string | undefined => {
  const found = readInputs(references, () => content, secret);
  return found.kind === 'known' ? found.inputs[0]?.hash : found.kind;
};

describe('what pods read', () => {
  it('is the password of the store, and what the resource names, by both components', () => {
    const valueFrom = { secretKeyRef: { name: 'token', key: 'value' } };
    const words = { configMapKeyRef: { name: 'words', key: 'list', optional: true } };
    const found = referencesOf(
      service({
        api: { auth: { keysSecretRef: { name: 'issuer' } }, pod: { env: [{ name: 'TOKEN', valueFrom }] } },
        compute: { pod: { env: [{ name: 'WORDS', valueFrom: words }] } },
        kafka: {
          brokers: ['kafka:9092'],
          sasl: { mechanism: 'SCRAM-SHA-512', secretRef: { name: 'login' } },
        },
      }),
    );
    const told = found.map(({ kind, name, key, component }) => `${component} ${kind} ${name} ${key}`);
    expect(told).toEqual([
      'api Secret demo-redis-auth password',
      'api Secret login username',
      'api Secret login password',
      'api Secret issuer jwks.json',
      'api Secret token value',
      'compute Secret demo-redis-auth password',
      'compute Secret login username',
      'compute Secret login password',
      'compute ConfigMap words list',
    ]);
    expect(found.at(-1)).toMatchObject({ optional: true, field: 'spec.compute.pod.env WORDS' });
  });
});

describe('the hash of an input', () => {
  it('is another when the value is another, and the same when only other keys are', () => {
    const before = hashOf(holding({ value: 'one' }));
    expect(hashOf(holding({ value: 'two' }))).not.toBe(before);
    expect(hashOf(holding({ value: 'one', other: 'x' }))).toBe(before);
  });

  it('is none for what pods read anew whenever they need it, which has to be there all the same', () => {
    const live = [reference({ live: true })];
    expect(readInputs(live, () => holding({ value: 'one' }), '')).toEqual({ kind: 'known', inputs: [] });
    expect(readInputs(live, () => ({ kind: 'absent' }), '')).toMatchObject({ kind: 'missing' });
  });

  it('cannot be tried out by somebody who does not know the password of the service', () => {
    const content = holding({ value: 'short' });
    expect(hashOf(content, 'one')).not.toBe(hashOf(content, 'other'));
    expect(hashOf(content)).not.toBe(digestOf('short'));
  });

  it('tells an optional object that is not there from an empty one', () => {
    const optional = [reference({ optional: true })];
    expect(readInputs(optional, () => ({ kind: 'absent' }), '')).toEqual({
      kind: 'known',
      inputs: [{ kind: 'Secret', name: 'token' }],
    });
    expect(hashOf(holding({}), '', optional)).toMatch(/^[0-9a-f]{64}$/);
  });

  it('does not depend on the order in which keys are named', () => {
    const keys = ['a', 'b', 'c'];
    const content = holding({ a: '1', b: '2', c: '3' });
    const inOrder = (order: readonly string[]) =>
      hashOf(
        content,
        'p',
        order.map((key) => reference({ key })),
      );
    fc.assert(
      fc.property(fc.shuffledSubarray(keys, { minLength: 3 }), (order) => {
        expect(inOrder(order)).toBe(inOrder(keys));
      }),
    );
  });
});

describe('an input that cannot be had', () => {
  it('is missing when the object or the key is', () => {
    expect(hashOf({ kind: 'absent' })).toBe('missing');
    expect(readInputs([reference()], () => holding({ other: 'x' }), '')).toEqual({
      kind: 'missing',
      references: [reference()],
    });
  });

  it('is unknown before it was looked at, and then nothing else counts', () => {
    const read = ({ name }: Pick<Reference, 'name'>): Content =>
      name === 'token' ? { kind: 'unknown', problem: 'forbidden' } : { kind: 'absent' };
    expect(readInputs([reference({ name: 'gone' }), reference()], read, '')).toEqual({
      kind: 'unknown',
      problems: [{ reference: reference(), problem: 'forbidden' }],
    });
  });
});
