import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import type { JsonWebKey, KeyObject } from 'node:crypto';
import { SignJWT } from 'jose';
import type { JWTPayload } from 'jose';

export const AUDIENCE = 'tags/demo';
export const ISSUER = 'https://issuer.example.org';

/** A key pair of a test issuer: what it signs with, and what it publishes. */
export interface Signer {
  readonly algorithm: string;
  readonly kid: string;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  readonly jwk: JsonWebKey & { readonly kid: string };
}

export function signer(algorithm: 'RS256' | 'PS256' | 'ES256' | 'EdDSA', kid: string): Signer {
  const { privateKey, publicKey } = pairOf(algorithm);
  return {
    algorithm,
    kid,
    privateKey,
    publicKey,
    jwk: { ...publicKey.export({ format: 'jwk' }), kid, alg: algorithm },
  };
}

function pairOf(algorithm: string) {
  if (algorithm === 'ES256') return generateKeyPairSync('ec', { namedCurve: 'P-256' });
  if (algorithm === 'EdDSA') return generateKeyPairSync('ed25519');
  return generateKeyPairSync('rsa', { modulusLength: 2_048 });
}

export function keySetOf(...signers: readonly Pick<Signer, 'jwk'>[]): string {
  return JSON.stringify({ keys: signers.map(({ jwk }) => jwk) });
}

export interface TokenParts {
  readonly claims?: JWTPayload;
  readonly header?: Readonly<Record<string, unknown>>;
  /** Claims that a good token has and this one lacks. */
  readonly without?: readonly string[];
}

/** A token as the issuer makes it at `nowMs`, unless the parts say otherwise. */
export async function tokenOf(by: Signer, nowMs: number, { claims = {}, header = {}, without = [] }: TokenParts = {}) {
  const second = Math.floor(nowMs / 1000);
  const good = {
    iss: ISSUER,
    aud: AUDIENCE,
    sub: 'user-7',
    tenant: 'garden-club',
    scope: 'tags:read',
    iat: second,
    exp: second + 3_600,
    ...claims,
  };
  const payload = Object.fromEntries(Object.entries(good).filter(([name]) => !without.includes(name)));
  return new SignJWT(payload)
    .setProtectedHeader({ alg: by.algorithm, kid: by.kid, typ: 'JWT', ...header })
    .sign(createPrivateKey(by.privateKey.export({ format: 'pem', type: 'pkcs8' })));
}

/** A token put together by hand: any header, any payload, any bytes as signature. */
export function forged(header: unknown, payload: unknown, signature = Buffer.from('nobody')): string {
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part(header)}.${part(payload)}.${signature.toString('base64url')}`;
}
