import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseBody, redact, redacted } from './redact.ts';

const secrets = { resource: 'secrets' };
const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration';

describe('a recorded body', () => {
  it('shows the names of the values in a Secret, never the values', () => {
    const body = { kind: 'Secret', metadata: { name: 'a' }, data: { key: 'Zw==' }, stringData: { word: 'geheim' } };
    expect(redact(secrets, body)).toEqual({ ...body, data: { key: redacted }, stringData: { word: redacted } });
    expect(body.data.key).toBe('Zw==');
  });

  it('shows that a value is removed', () => {
    expect(redact(secrets, { data: { gone: null } })).toEqual({ data: { gone: null } });
    expect(redact(secrets, { data: null })).toEqual({ data: null });
  });

  it('hides the values of a JSON patch and the copy that kubectl keeps', () => {
    expect(
      redact(secrets, [
        { op: 'replace', path: '/data/a', value: 'x' },
        { op: 'remove', path: '/data/b' },
      ]),
    ).toEqual([
      { op: 'replace', path: '/data/a', value: redacted },
      { op: 'remove', path: '/data/b' },
    ]);
    expect(redact(secrets, { metadata: { annotations: { [lastApplied]: '{"data":{"a":"x"}}', b: 'c' } } })).toEqual({
      metadata: { annotations: { [lastApplied]: redacted, b: 'c' } },
    });
  });

  it('hides tokens that are reviewed or asked for', () => {
    expect(redact({ resource: 'tokenreviews' }, { spec: { token: 't' } })).toBe(redacted);
    expect(redact({ resource: 'serviceaccounts', subresource: 'token' }, { spec: {} })).toBe(redacted);
  });

  it('is otherwise as it was sent', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (body) => {
        fc.pre(!JSON.stringify(body).includes('Secret'));
        expect(redact({ resource: 'configmaps' }, body)).toEqual(body);
      }),
    );
  });

  it('never holds a secret value, wherever the Secret stands in it', () => {
    const value = fc.uuid();
    const key = fc.stringMatching(/^[a-z]{1,8}$/);
    const secret = fc.record({
      kind: fc.constant('Secret'),
      data: fc.dictionary(key, value),
      stringData: fc.dictionary(key, value),
    });
    const { nested } = fc.letrec((tie) => ({
      nested: fc.oneof(
        { maxDepth: 4 },
        secret,
        fc.array(tie('nested'), { maxLength: 3 }),
        fc.dictionary(key, tie('nested'), { maxKeys: 3 }),
      ),
    }));
    fc.assert(
      fc.property(nested, (body) => {
        const text = JSON.stringify(redact({ resource: 'lists' }, body));
        expect(text).not.toMatch(/[0-9a-f]{8}-[0-9a-f]{4}/);
      }),
    );
    fc.assert(
      fc.property(secret, secret, (one, other) => {
        expect(JSON.stringify(redact(secrets, { items: [one, other] }))).not.toMatch(/[0-9a-f]{8}-[0-9a-f]{4}/);
      }),
    );
  });
});

describe('reading a body', () => {
  it('takes JSON, and YAML where that is announced', () => {
    expect(parseBody('{"a":1}', undefined)).toEqual({ a: 1 });
    expect(parseBody('a: 1', 'application/apply-patch+yaml')).toEqual({ a: 1 });
    expect(parseBody('a: 1', 'application/json')).toBeUndefined();
    expect(parseBody('a: [', 'application/yaml')).toBeUndefined();
    expect(parseBody('', 'application/json')).toBeUndefined();
  });
});
