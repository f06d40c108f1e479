import { createPrivateKey, createPublicKey, sign, verify } from 'node:crypto';
import type { JsonWebKey } from 'node:crypto';
import type { Secret } from '@tagservice/controller-runtime';
import { describe, expect, it } from 'vitest';
import { service } from '../../test/fixtures.ts';
import type { ChildWriter } from '../children/child-writer.ts';
import { encodeSecret } from '../children/own-secret.ts';
import { ensureApiKeys, incompleteKeys, makeApiKeys } from './api.keys.ts';

const parse = (text: string | undefined) => JSON.parse(text ?? '') as JsonWebKey & { keys: JsonWebKey[] };

describe('the keys of a service', () => {
  it('are a pair of which the public half tells nothing of the other', () => {
    const made = makeApiKeys();
    const signing = parse(made['signing.jwk']);
    const [published = {}] = parse(made['jwks.json']).keys;
    expect(published).not.toHaveProperty('d');
    expect(published).toMatchObject({ kty: 'OKP', crv: 'Ed25519', alg: 'EdDSA', use: 'sig', kid: signing['kid'] });
    const text = Buffer.from('claims');
    const signature = sign(null, text, createPrivateKey({ key: signing, format: 'jwk' }));
    expect(verify(null, text, createPublicKey({ key: published, format: 'jwk' }), signature)).toBe(true);
  });

  it('are others for every service', () => {
    expect(makeApiKeys()['jwks.json']).not.toBe(makeApiKeys()['jwks.json']);
  });
});

describe('the Secret of the keys', () => {
  /** A cluster with one place for a Secret. */
  function cluster(before?: Record<string, string>) {
    let data = before === undefined ? undefined : encodeSecret(before);
    let made = 0;
    const children = {
      createOnce: (_resource: typeof Secret, name: string, make: () => { data?: Record<string, string> }) => {
        if (data === undefined) {
          made += 1;
          ({ data } = make());
        }
        const metadata = { name, labels: { 'app.kubernetes.io/managed-by': 'tagservice-operator' } };
        return Promise.resolve({ apiVersion: 'v1', kind: 'Secret', metadata, data });
      },
    } as unknown as ChildWriter;
    return { children, made: () => made };
  }

  it('is made once and then left as it is', async () => {
    const { children, made } = cluster();
    expect(await ensureApiKeys(children, service())).toEqual([]);
    expect(await ensureApiKeys(children, service())).toEqual([]);
    expect(made()).toBe(1);
  });

  it.each([
    [{ mode: 'Anonymous' as const }],
    [{ keysSecretRef: { name: 'issuer' } }],
    [{ jwksUrl: 'https://issuer.example.org/', issuer: 'https://issuer.example.org', audience: 'tags' }],
  ])('is not made for a service with %j', async (auth) => {
    const { children, made } = cluster();
    expect(await ensureApiKeys(children, service({ api: { auth } }))).toEqual([]);
    expect(made()).toBe(0);
  });

  it.each([
    [{ ...makeApiKeys(), 'jwks.json': '' }, ['jwks.json']],
    [{ ...makeApiKeys(), 'jwks.json': '{"keys":[]}' }, ['jwks.json']],
    [{}, ['jwks.json']],
  ])('with %j says what it lacks', async (before, lacking) => {
    expect(await ensureApiKeys(cluster(before).children, service())).toEqual(lacking);
    expect(incompleteKeys(service(), lacking)).toMatchObject({
      reason: 'SecretIncomplete',
      message: expect.stringContaining(`Secret demo-api-keys lacks usable values of ${lacking.join(', ')}`) as string,
    });
  });
});
