import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { keySetOf, signer } from '../../test/tokens.ts';
import { keysFor, readKeySet } from './key-set.ts';

const ed = signer('EdDSA', 'ed-1');
const rsa = signer('RS256', 'rsa-1');
const pem = (key: typeof ed) => key.publicKey.export({ format: 'pem', type: 'spki' }).toString();
const member = (more: object) => JSON.stringify({ keys: [{ ...rsa.jwk, ...more }] });

/** Self-signed, P-256, valid for a century; its key is kept nowhere. */
const certificate = `-----BEGIN CERTIFICATE-----
MIIBeTCCAR+gAwIBAgIUCoBMjpMpOK7OWSdAmhRHb2aGvsIwCgYIKoZIzj0EAwIw
ETEPMA0GA1UEAwwGaXNzdWVyMCAXDTI2MTEyMjEzMjMyMFoYDzIxMjYxMDI5MTMy
MzIwWjARMQ8wDQYDVQQDDAZpc3N1ZXIwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNC
AAQrjz89XYqyH98HvKVkLpieAIUoVdgNTKs+R0bbE6sI/LZesDCJtXN/Uc3++C/E
bJTvXovXHd/NWvq7o9gYbfm4o1MwUTAdBgNVHQ4EFgQUhDysnwJTENuLJL9ls2yo
Gsi4Qy4wHwYDVR0jBBgwFoAUhDysnwJTENuLJL9ls2yoGsi4Qy4wDwYDVR0TAQH/
BAUwAwEB/zAKBggqhkjOPQQDAgNIADBFAiAm3SfQe5GNfixvJPAaOfDLIm9RDKVP
xwWe8eCjnJcEVwIhANE6gahUG3cK5Jo0PlGMHX2lKFPuipUi5uOEeJ2ZlMvF
-----END CERTIFICATE-----`;

describe('a set of keys', () => {
  it('is read from a JWKS document, each key with its one algorithm', () => {
    const set = readKeySet(keySetOf(ed, rsa, signer('PS256', 'pss-1'), signer('ES256', 'ec-1')));
    expect(set.keys.map(({ kid, algorithm }) => [kid, algorithm])).toEqual([
      ['ed-1', 'EdDSA'],
      ['rsa-1', 'RS256'],
      ['pss-1', 'PS256'],
      ['ec-1', 'ES256'],
    ]);
    expect(set.skipped).toEqual([]);
  });

  it('is read from PEM, one key after the other, each with the usual algorithm of its type', () => {
    const set = readKeySet(`${pem(ed)}\n${pem(rsa)}`);
    expect(set.keys.map(({ kid, algorithm }) => [kid, algorithm])).toEqual([
      [undefined, 'EdDSA'],
      [undefined, 'RS256'],
    ]);
  });

  it('is read from a certificate', () => {
    expect(readKeySet(certificate).keys).toMatchObject([{ algorithm: 'ES256' }]);
  });

  it.each([
    ['a shared secret', JSON.stringify({ keys: [{ kty: 'oct', k: 'c2VjcmV0', alg: 'HS256' }] }), 'symmetric'],
    ['a private key', JSON.stringify({ keys: [rsa.privateKey.export({ format: 'jwk' })] }), 'private'],
    ['a private PEM key', rsa.privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(), 'private'],
    ['a key for encryption', member({ use: 'enc' }), 'other-use'],
    ['a key for other operations', member({ key_ops: ['encrypt'] }), 'other-use'],
    ['a key with an algorithm of secrets', member({ alg: 'HS256' }), 'algorithm'],
    ['a key with an algorithm of another type', member({ alg: 'ES256' }), 'algorithm'],
    ['a key with an algorithm that is no text', member({ alg: 7 }), 'algorithm'],
    ['a damaged key', JSON.stringify({ keys: [{ ...ed.jwk, x: 'AA' }] }), 'unreadable'],
    ['no key at all', JSON.stringify({ keys: [null] }), 'unreadable'],
    ['a short RSA key', JSON.stringify({ keys: [weak()] }), 'weak'],
    ['another curve', JSON.stringify({ keys: [curve('P-384')] }), 'algorithm'],
    ['no list', '{"keys":{}}', 'unreadable'],
    ['no JSON', '<html></html>', 'unreadable'],
    ['nothing', '', 'unreadable'],
    ['damaged PEM', '-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----', 'unreadable'],
  ])('does not use %s, and says so', (_, text, why) => {
    expect(readKeySet(text)).toEqual({ keys: [], skipped: [why] });
  });

  it('uses the good ones beside the bad ones', () => {
    const { keys, skipped } = readKeySet(JSON.stringify({ keys: [{ kty: 'oct', k: 'AA' }, ed.jwk] }));
    expect(keys.map(({ kid }) => kid)).toEqual(['ed-1']);
    expect(skipped).toEqual(['symmetric']);
  });

  it('is read no further than any issuer needs', () => {
    expect(readKeySet(JSON.stringify({ keys: Array(1_000).fill(ed.jwk) })).keys).toHaveLength(64);
  });
});

describe('the keys for a token', () => {
  const set = readKeySet(keySetOf(ed, signer('EdDSA', 'ed-2'), rsa));
  const kids = (algorithm: 'EdDSA' | 'Ed25519' | 'RS256' | 'ES256', kid?: string) =>
    keysFor(set, { algorithm, kid }).map((key) => key.kid);

  it('are the one it names, and only with its algorithm', () => {
    expect(kids('EdDSA', 'ed-2')).toEqual(['ed-2']);
    expect(kids('Ed25519', 'ed-2')).toEqual(['ed-2']);
    expect(kids('RS256', 'ed-2')).toEqual([]);
    expect(kids('EdDSA', 'ed-3')).toEqual([]);
  });

  it('are all of its algorithm where it names none', () => {
    expect(kids('EdDSA')).toEqual(['ed-1', 'ed-2']);
    expect(kids('ES256')).toEqual([]);
  });

  it('are those without a name where its name is not known', () => {
    const unnamed = readKeySet(pem(ed));
    expect(keysFor(unnamed, { algorithm: 'EdDSA', kid: 'anything' })).toHaveLength(1);
  });
});

function weak() {
  return generateKeyPairSync('rsa', { modulusLength: 1_024 }).publicKey.export({ format: 'jwk' });
}

function curve(namedCurve: string) {
  return generateKeyPairSync('ec', { namedCurve }).publicKey.export({ format: 'jwk' });
}
