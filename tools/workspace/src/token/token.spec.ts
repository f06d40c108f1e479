import { generateKeyPairSync, verify } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { NoTokenToMake, mintToken } from './mint.ts';
import type { ServiceView } from './mint.ts';
import { TokenUsageError, parseTokenOptions } from './options.ts';

const minimal = ['--service', 'tags/demo', '--tenant', 'garden-club'];

describe('the command line', () => {
  it('needs a service and a tenant, and no more', () => {
    expect(parseTokenOptions(minimal)).toEqual({
      namespace: 'tags',
      service: 'demo',
      tenant: 'garden-club',
      scopes: ['tags:read'],
      priority: undefined,
      seconds: 3_600,
      context: undefined,
    });
  });

  it('takes scopes, class, time and context', () => {
    const more = ['--scope', 'admin', '--scope', 'crawl:write', '--class', 'bulk', '--for', '90d', '--context', 'kind'];
    expect(parseTokenOptions([...minimal, ...more])).toMatchObject({
      scopes: ['admin', 'crawl:write'],
      priority: 'bulk',
      seconds: 90 * 86_400,
      context: 'kind',
    });
  });

  it('answers with help when it is asked for', () => {
    expect(parseTokenOptions(['--help'])).toBeUndefined();
  });

  it.each([
    [[], '--service'],
    [['--service', 'demo', '--tenant', 'a'], '--service'],
    [['--service', 'tags/demo'], '--tenant'],
    [['--service', 'tags/demo', '--tenant', 'two words'], '--tenant'],
    [[...minimal, '--scope', 'everything'], '--scope everything'],
    [[...minimal, '--class', 'vip'], '--class vip'],
    [[...minimal, '--for', '0h'], '--for 0h'],
    [[...minimal, '--for', '367d'], '--for 367d'],
    [[...minimal, '--for', 'ever'], '--for ever'],
    [[...minimal, '--forever'], '--forever'],
  ])('%j is refused, and says why', (args, why) => {
    expect(() => parseTokenOptions(args)).toThrow(TokenUsageError);
    expect(() => parseTokenOptions(args)).toThrow(why);
  });
});

describe('a token', () => {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const signingJwk = JSON.stringify({ ...privateKey.export({ format: 'jwk' }), kid: 'key-1' });
  const nowMs = Date.parse('2026-03-01T12:00:00.000Z');
  const read = (token: string) =>
    token
      .split('.')
      .slice(0, 2)
      .map((one) => JSON.parse(Buffer.from(one, 'base64url').toString()) as Record<string, unknown>);

  function made(auth: NonNullable<ServiceView['spec']['api']>['auth'] = {}, more: readonly string[] = []): string {
    const options = parseTokenOptions([...minimal, ...more]);
    if (options === undefined) throw new Error('help');
    return mintToken({ options, service: { spec: { api: { auth: auth ?? {} } } }, signingJwk, nowMs });
  }

  it('says what the API checks, and is signed with the key of the service', () => {
    const token = made({}, ['--class', 'critical']);
    const [header, claims] = read(token);
    expect(header).toEqual({ alg: 'EdDSA', kid: 'key-1', typ: 'JWT' });
    expect(claims).toMatchObject({
      iss: 'tags/demo',
      aud: 'tags/demo',
      sub: 'garden-club',
      tenant: 'garden-club',
      scope: 'tags:read',
      class: 'critical',
      iat: nowMs / 1000,
      exp: nowMs / 1000 + 3_600,
    });
    const [head = '', body = '', signature = ''] = token.split('.');
    expect(verify(null, Buffer.from(`${head}.${body}`), publicKey, Buffer.from(signature, 'base64url'))).toBe(true);
  });

  it('follows what the resource declares', () => {
    const [, claims] = read(made({ issuer: 'us', audience: 'them', tenantClaim: 'org' }));
    expect(claims).toMatchObject({ iss: 'us', aud: 'them', org: 'garden-club' });
  });

  it.each([
    [{ mode: 'Anonymous' }, 'checks no tokens'],
    [{ jwksUrl: 'https://issuer.example.org' }, 'come from the issuer'],
    [{ keysSecretRef: { name: 'issuer' } }, 'come from the issuer'],
  ])('is not made for %j', (auth, why) => {
    expect(() => made(auth)).toThrow(NoTokenToMake);
    expect(() => made(auth)).toThrow(why);
  });
});
