import { createHmac, createSign } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { START } from '../../test/api-harness.ts';
import { AUDIENCE, ISSUER, forged, keySetOf, signer, tokenOf } from '../../test/tokens.ts';
import type { TokenParts } from '../../test/tokens.ts';
import { KeyKeeper } from './key-keeper.ts';
import { KeysUnavailable, TokenRefused } from './token-refused.error.ts';
import { TokenVerifier } from './token-verifier.ts';

const ours = signer('EdDSA', 'ed-1');
const rsa = signer('RS256', 'rsa-1');
const pss = signer('PS256', 'pss-1');
const ec = signer('ES256', 'ec-1');
const stranger = signer('EdDSA', 'ed-1');
const quiet = { info: () => undefined, warn: () => undefined };

let nowMs = START;
let published: () => Promise<string>;
let reads = 0;
let verifier: TokenVerifier;
beforeEach(() => {
  nowMs = START;
  reads = 0;
  published = () => Promise.resolve(keySetOf(ours, rsa, pss, ec));
  const clock = { now: () => nowMs };
  const read = () => {
    reads += 1;
    return published();
  };
  const source = { read, maximumAgeMs: 600_000, coolDownMs: 30_000 };
  const keys = new KeyKeeper({ source, clock, logger: quiet });
  const rules = { audience: AUDIENCE, issuer: ISSUER, tenantClaim: 'tenant', toleranceMs: 30_000 };
  verifier = new TokenVerifier({ keys, rules, clock });
});

async function refusal(token: string): Promise<string> {
  try {
    await verifier.verify(token);
    return 'accepted';
  } catch (error) {
    if (error instanceof TokenRefused) return error.reason;
    throw error;
  }
}

describe('a token of the issuer', () => {
  it.each([
    ['EdDSA', ours],
    ['RS256', rsa],
    ['PS256', pss],
    ['ES256', ec],
  ])('signed with %s tells who calls, what is allowed and how urgent it is', async (_, by) => {
    const token = await tokenOf(by, nowMs, { claims: { scope: 'tags:read admin openid', class: 'critical' } });
    expect(await verifier.verify(token)).toEqual({
      tenant: 'garden-club',
      scopes: new Set(['tags:read', 'admin']),
      priority: 'critical',
    });
  });

  const parts: readonly [string, TokenParts, object][] = [
    ['without a tenant speaks for its subject', { without: ['tenant'] }, { tenant: 'user-7' }],
    ['without a class is normal', {}, { priority: 'normal' }],
    ['with a class nobody knows is normal', { claims: { class: 'vip' } }, { priority: 'normal' }],
    ['without scopes may do nothing', { without: ['scope'] }, { scopes: new Set() }],
    [
      'may give scopes as a list in scp',
      { without: ['scope'], claims: { scp: ['crawl:write'] } },
      { scopes: new Set(['crawl:write']) },
    ],
    ['may be for several audiences', { claims: { aud: ['other', AUDIENCE] } }, { tenant: 'garden-club' }],
    ['may say that it is an access token', { header: { typ: 'at+jwt' } }, { tenant: 'garden-club' }],
    ['may come without a key id', { header: { kid: undefined } }, { tenant: 'garden-club' }],
    ['may have expired within the tolerance', { claims: { exp: START / 1000 - 20 } }, { tenant: 'garden-club' }],
    ['may begin within the tolerance', { claims: { nbf: START / 1000 + 20 } }, { tenant: 'garden-club' }],
  ];
  it.each(parts)('%s', async (_, part, caller) => {
    expect(await verifier.verify(await tokenOf(ours, nowMs, part))).toMatchObject(caller);
  });

  it('is verified once, and known at once from then on', async () => {
    const token = await tokenOf(ours, nowMs);
    expect(verifier.verify(token)).toBeInstanceOf(Promise);
    await verifier.verify(token);
    expect(verifier.verify(token)).toMatchObject({ tenant: 'garden-club' });
  });

  it('expires also while it is known', async () => {
    const token = await tokenOf(ours, nowMs);
    await verifier.verify(token);
    nowMs += 3_629_000;
    expect(await refusal(token)).toBe('accepted');
    nowMs += 1_000;
    expect(await refusal(token)).toBe('expired');
  });
});

describe('a token is refused', () => {
  const claims = { iss: ISSUER, aud: AUDIENCE, sub: 'user-7', exp: START / 1000 + 3_600, scope: 'admin' };
  const parts: readonly [string, TokenParts, string][] = [
    ['that has expired', { claims: { exp: START / 1000 - 31 } }, 'expired'],
    ['that never expires', { without: ['exp'] }, 'claims'],
    ['whose expiry is a text', { claims: { exp: '9999999999' as unknown as number } }, 'claims'],
    ['whose expiry is beyond numbers', { claims: { exp: -1 } }, 'expired'],
    ['that is not valid yet', { claims: { nbf: START / 1000 + 31 } }, 'early'],
    ['for another audience', { claims: { aud: 'tags/other' } }, 'audience'],
    ['for an audience that only begins like ours', { claims: { aud: `${AUDIENCE}-2` } }, 'audience'],
    ['without an audience', { without: ['aud'] }, 'audience'],
    ['of another issuer', { claims: { iss: 'https://evil.example.org' } }, 'issuer'],
    ['without an issuer', { without: ['iss'] }, 'issuer'],
    ['that names nobody', { without: ['tenant', 'sub'] }, 'claims'],
    ['whose tenant is no text', { claims: { tenant: { $ne: '' } } }, 'claims'],
    ['whose tenant is empty', { claims: { tenant: '' } }, 'claims'],
    ['whose tenant has line ends', { claims: { tenant: 'a\r\nb' } }, 'claims'],
    ['whose tenant is longer than any name', { claims: { tenant: 'a'.repeat(257) } }, 'claims'],
    ['that is an id token', { header: { typ: 'id+jwt' } }, 'type'],
  ];
  it.each(parts)('%s', async (_, part, reason) => {
    expect(await refusal(await tokenOf(ours, nowMs, part))).toBe(reason);
  });

  it.each(['none', 'None', 'NONE', 'nOnE', '', 'HS256', 'HS384', 'HS512', 'RS1', 'ES256K', 'RS512', 'dir'])(
    'with algorithm %j',
    async (alg) => {
      expect(await refusal(forged({ alg, typ: 'JWT' }, claims))).toBe('algorithm');
      expect(await refusal(forged({ alg, typ: 'JWT' }, claims, Buffer.alloc(0)))).toBe('algorithm');
    },
  );

  it.each([[['EdDSA']], [{ EdDSA: 1 }], [null], [7], [undefined]])('with %j as algorithm', async (alg) => {
    expect(await refusal(forged({ alg }, claims))).toBe('algorithm');
  });

  it.each([
    { crit: ['exp'], exp: 1 },
    { crit: ['b64'], b64: false },
    { crit: ['http://example.org/unknown'], 'http://example.org/unknown': true },
    { crit: [] },
    { crit: null },
  ])('that demands an extension: %j', async (header) => {
    expect(await refusal(forged({ alg: 'EdDSA', kid: 'ed-1', ...header }, claims))).toBe('critical');
  });

  it('that uses the public key as a shared secret', async () => {
    const head = forged({ alg: 'HS256', kid: rsa.kid }, claims).split('.').slice(0, 2).join('.');
    for (const secret of [rsa.publicKey.export({ format: 'pem', type: 'spki' }), JSON.stringify(rsa.jwk)]) {
      const mac = createHmac('sha256', secret).update(head).digest('base64url');
      expect(await refusal(`${head}.${mac}`)).toBe('algorithm');
    }
  });

  it('that uses a key with another algorithm than its own', async () => {
    const head = forged({ alg: 'PS256', kid: rsa.kid }, claims).split('.').slice(0, 2).join('.');
    const signature = createSign('sha256').update(head).sign({ key: rsa.privateKey, padding: 6, saltLength: 32 });
    expect(await refusal(`${head}.${signature.toString('base64url')}`)).toBe('key');
  });

  it('signed by a stranger under our key id', async () => {
    expect(await refusal(await tokenOf(stranger, nowMs))).toBe('signature');
  });

  it('that brings its own key, and nobody looks where it says', async () => {
    let visits = 0;
    const server = createServer((_, response) => {
      visits += 1;
      response.end(keySetOf(stranger));
    });
    await new Promise((listening) => server.listen(0, '127.0.0.1', () => listening(undefined)));
    const url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/jwks.json`;
    for (const header of [{ jku: url }, { x5u: url }, { jwk: stranger.jwk }, { x5c: ['AAAA'] }, { jku: url, kid: url }])
      expect(await refusal(await tokenOf(stranger, nowMs, { header }))).toMatch(/^(signature|key)$/);
    expect(visits).toBe(0);
    server.close();
  });

  it.each([
    '../../../../dev/null',
    '/proc/self/environ',
    "ed-1' OR '1'='1",
    'ed-1\u0000',
    'https://evil.example.org/key',
    '__proto__',
    'constructor',
    '',
    'a'.repeat(4_000),
  ])('whose key id is %j', async (kid) => {
    expect(await refusal(await tokenOf(stranger, nowMs, { header: { kid } }))).toBe('key');
  });

  it.each([[['ed-1']], [{}], [1], [null]])('whose key id is the %j', async (kid) => {
    expect(await refusal(forged({ alg: 'EdDSA', kid }, claims))).toBe('malformed');
  });

  it.each([
    '',
    '.',
    '..',
    'a.b',
    'a.b.c.d.e',
    'bm9uZQ..',
    'not a token',
    `${Buffer.from('{"alg":').toString('base64url')}.e30.AA`,
    `${Buffer.from('[]').toString('base64url')}.e30.AA`,
    `${Buffer.from('null').toString('base64url')}.e30.AA`,
    'eyJhbGciOiJFZERTQSJ9.\u00e9.AA',
  ])('that is %j', async (token) => {
    expect(await refusal(token)).toBe('malformed');
  });

  it('that was changed anywhere', async () => {
    const token = await tokenOf(ours, nowMs, { header: { kid: undefined } });
    for (const place of [2, token.indexOf('.') + 5, token.lastIndexOf('.') + 5]) {
      const changed = token.slice(0, place) + (token[place] === 'A' ? 'B' : 'A') + token.slice(place + 1);
      expect(await refusal(changed)).toMatch(/^(signature|malformed|algorithm|key)$/);
    }
  });

  it('whose payload is no object', async () => {
    const payloads = ['[]', 'null', '7', '"text"', '{"exp":', '\u0000'];
    for (const payload of payloads) {
      const head = `${Buffer.from('{"alg":"RS256"}').toString('base64url')}.${Buffer.from(payload).toString('base64url')}`;
      const signature = createSign('sha256').update(head).sign(rsa.privateKey).toString('base64url');
      expect(await refusal(`${head}.${signature}`), payload).toBe('malformed');
    }
  });

  it('that is huge, before any work', async () => {
    await expect(refusal('a'.repeat(8_193))).resolves.toBe('size');
    expect(reads).toBe(0);
  });

  it('whatever bytes it is made of', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ maxLength: 200 }), fc.string({ maxLength: 200 }), async (left, right) => {
        expect(await refusal(`${left}.${right}.AAAA`)).not.toBe('accepted');
      }),
      { numRuns: 200 },
    );
  });
});

describe('keys that change', () => {
  it('are found without a restart: a key that came, and a key that went', async () => {
    const next = signer('EdDSA', 'ed-2');
    const old = await tokenOf(ours, nowMs);
    await verifier.verify(old);
    published = () => Promise.resolve(keySetOf(next));
    nowMs += 30_000;
    expect(await refusal(await tokenOf(next, nowMs))).toBe('accepted');
    expect(await refusal(old)).toBe('key');
  });

  it('are looked for at most twice a minute, however many key ids are invented', async () => {
    await verifier.verify(await tokenOf(ours, nowMs));
    for (let step = 0; step < 120; step += 1) {
      nowMs += 500;
      expect(await refusal(await tokenOf(stranger, nowMs, { header: { kid: `k-${String(step)}` } }))).toBe('key');
    }
    expect(reads).toBeLessThanOrEqual(3);
  });

  it.each([
    ['fails', () => Promise.reject(new TypeError('fetch failed'))],
    ['is empty', () => Promise.resolve('{"keys":[]}')],
    ['is no key set', () => Promise.resolve('<html>')],
    ['holds only what cannot be used', () => Promise.resolve('{"keys":[{"kty":"oct","k":"AAAA"}]}')],
  ])('stay as they are while their source %s', async (_, source: () => Promise<string>) => {
    await verifier.verify(await tokenOf(ours, nowMs));
    published = source;
    nowMs += 700_000;
    expect(await refusal(await tokenOf(ours, nowMs))).toBe('accepted');
    expect(await refusal(await tokenOf(ours, nowMs, { claims: { jti: '2' } }))).toBe('accepted');
    expect(reads).toBe(2);
  });

  it('that were never there are told from a bad token', async () => {
    published = () => Promise.reject(new TypeError('fetch failed'));
    const token = await tokenOf(ours, nowMs);
    await expect(verifier.verify(token)).rejects.toThrow(KeysUnavailable);
    published = () => Promise.resolve(keySetOf(ours));
    nowMs += 1_000;
    await expect(verifier.verify(token)).resolves.toMatchObject({ tenant: 'garden-club' });
  });

  it('that hang hold a few callers and no more', async () => {
    await verifier.verify(await tokenOf(ours, nowMs));
    const hanging = Promise.withResolvers<string>();
    published = () => hanging.promise;
    nowMs += 60_000;
    const tokens = await Promise.all(
      Array.from({ length: 20 }, (_, index) => tokenOf(stranger, nowMs, { header: { kid: `k${String(index)}` } })),
    );
    let settled = 0;
    const all = tokens.map((token) => refusal(token).then(() => (settled += 1)));
    await expect.poll(() => settled).toBe(4);
    hanging.resolve(keySetOf(ours));
    await Promise.all(all);
  });
});

afterEach(() => {
  published = () => Promise.resolve('');
});
