import { createPublicKey, generateKeyPairSync, hash } from 'node:crypto';
import type { JsonWebKey } from 'node:crypto';
import type { TagService } from '@tagservice/crd';
import type { ChildWriter } from '../children/child-writer.ts';
import { labels } from '../children/labels.ts';
import { namesOf } from '../children/names.ts';
import { ensureSecret } from '../children/own-secret.ts';
import { stalled, type Outcome } from '../step/outcome.ts';

/** Keys of the Secret `<name>-api-keys`. Only the public one is mounted into pods. */
export const API_KEYS = { signing: 'signing.jwk', public: 'jwks.json' } as const;

/** What the Secret holds at its making: an Ed25519 pair as JWK and JWKS. */
export function makeApiKeys(): Record<string, string> {
  const { privateKey } = generateKeyPairSync('ed25519');
  const jwk = privateKey.export({ format: 'jwk' });
  const kid = hash('sha256', String(jwk.x), 'base64url').slice(0, 16);
  const signing = { ...jwk, kid, alg: 'EdDSA', use: 'sig' };
  return {
    [API_KEYS.signing]: JSON.stringify(signing),
    [API_KEYS.public]: JSON.stringify({ keys: [publicOf(signing)] }),
  };
}

function publicOf({ d: _, ...jwk }: JsonWebKey): JsonWebKey {
  return jwk;
}

/** Whether tokens are made with a key pair of the operator. */
export function hasOwnKeys({ spec }: TagService): boolean {
  const { mode, jwksUrl, keysSecretRef } = spec.api.auth;
  return mode === 'JWT' && jwksUrl === undefined && keysSecretRef === undefined;
}

/**
 * Makes the Secret where it is needed and not there. Answers the keys of it without a usable value: it is never rewritten, so a
 * person has to decide.
 */
export async function ensureApiKeys(children: ChildWriter, service: TagService): Promise<readonly string[]> {
  if (!hasOwnKeys(service)) return [];
  const data = await ensureSecret(children, {
    name: namesOf(service).apiKeys,
    labels: labels(service, 'api'),
    make: makeApiKeys,
  });
  const published = Buffer.from(data?.[API_KEYS.public] ?? '', 'base64').toString('utf8');
  return isKeySet(published) ? [] : [API_KEYS.public];
}

function isKeySet(text: string): boolean {
  try {
    const { keys } = JSON.parse(text) as { keys: readonly JsonWebKey[] };
    return keys.some((key) => createPublicKey({ key, format: 'jwk' }).type === 'public');
  } catch {
    return false;
  }
}

/** What ApiReady says of them: pods that start now would wait for the missing files. */
export function incompleteKeys(service: TagService, lacking: readonly string[]): Outcome {
  const { apiKeys } = namesOf(service);
  return stalled(
    'SecretIncomplete',
    `Secret ${apiKeys} lacks usable values of ${lacking.join(', ')}: put them back, or delete the Secret to get new ones (tokens made with the former key are then refused)`,
  );
}
