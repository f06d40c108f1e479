import { X509Certificate, createPublicKey } from 'node:crypto';
import type { JsonWebKey, KeyObject } from 'node:crypto';

/** Algorithms that tokens may be signed with: asymmetric ones only, so that no public key can serve as a shared secret. */
export const ALGORITHMS = ['RS256', 'PS256', 'ES256', 'EdDSA', 'Ed25519'] as const;
export type Algorithm = (typeof ALGORITHMS)[number];

/** A key and the one algorithm that it is used with (RFC 8725 §3.1). */
export interface VerificationKey {
  readonly kid: string | undefined;
  readonly algorithm: 'RS256' | 'PS256' | 'ES256' | 'EdDSA';
  readonly key: KeyObject;
}

/** The keys of a set, and why members of it are not among them. */
export interface KeySet {
  readonly keys: readonly VerificationKey[];
  /** One bounded word for each member that is not used; never a part of a key. */
  readonly skipped: readonly string[];
}

/** More keys than any issuer rotates through; the rest of a set is not read. */
const MOST_KEYS = 64;
const LEAST_RSA_BITS = 2_048;

type Member = JsonWebKey & { readonly kid?: unknown; readonly use?: unknown; readonly key_ops?: unknown };
type Judged = VerificationKey | string;

/** Reads public keys: a JWKS document (RFC 7517), or PEM public keys and certificates one after the other. Never throws. */
export function readKeySet(text: string): KeySet {
  const judged = text.trimStart().startsWith('-----BEGIN') ? fromPem(text) : fromJson(text);
  return {
    keys: judged.filter((one) => typeof one !== 'string'),
    skipped: judged.filter((one) => typeof one === 'string'),
  };
}

function fromPem(text: string): readonly Judged[] {
  const blocks = text.match(/-----BEGIN ([A-Z0-9 ]+)-----[\s\S]*?-----END \1-----/g) ?? [];
  return blocks.slice(0, MOST_KEYS).map((block) => {
    if (block.includes('PRIVATE KEY')) return 'private';
    const key = attempt(() =>
      block.includes('CERTIFICATE') ? new X509Certificate(block).publicKey : createPublicKey(block),
    );
    return key === undefined ? 'unreadable' : named(key, {});
  });
}

function fromJson(text: string): readonly Judged[] {
  const document = attempt(() => JSON.parse(text) as unknown);
  if (typeof document !== 'object' || document === null || !('keys' in document) || !Array.isArray(document.keys))
    return ['unreadable'];
  return document.keys.slice(0, MOST_KEYS).map((member: unknown) => fromMember(member as Member | null));
}

function fromMember(member: Member | null): Judged {
  if (typeof member !== 'object' || member === null) return 'unreadable';
  if (member.kty === 'oct' || 'k' in member) return 'symmetric';
  if ('d' in member) return 'private';
  if (!isForSignatures(member)) return 'other-use';
  const key = attempt(() => createPublicKey({ key: member, format: 'jwk' }));
  return key === undefined ? 'unreadable' : named(key, member);
}

function isForSignatures({ use, key_ops: operations }: Member): boolean {
  if (use !== undefined && use !== 'sig') return false;
  return operations === undefined || (Array.isArray(operations) && operations.includes('verify'));
}

function named(key: KeyObject, { kid, alg }: Member): Judged {
  if (isWeak(key)) return 'weak';
  const algorithm = algorithmOf(key, alg);
  if (algorithm === undefined) return 'algorithm';
  return { kid: typeof kid === 'string' ? kid : undefined, algorithm, key };
}

function isWeak(key: KeyObject): boolean {
  return key.asymmetricKeyType === 'rsa' && (key.asymmetricKeyDetails?.modulusLength ?? 0) < LEAST_RSA_BITS;
}

/** The key's own word, where it fits the key; without one the usual algorithm of its type. */
function algorithmOf(key: KeyObject, said: unknown): VerificationKey['algorithm'] | undefined {
  const fitting = algorithmsFor(key);
  if (said === undefined) return fitting[0];
  return fitting.find((algorithm) => algorithm === said || (algorithm === 'EdDSA' && said === 'Ed25519'));
}

function algorithmsFor(key: KeyObject): readonly VerificationKey['algorithm'][] {
  if (key.asymmetricKeyType === 'rsa') return ['RS256', 'PS256'];
  if (key.asymmetricKeyType === 'rsa-pss') return ['PS256'];
  if (key.asymmetricKeyType === 'ed25519') return ['EdDSA'];
  return key.asymmetricKeyType === 'ec' && key.asymmetricKeyDetails?.namedCurve === 'prime256v1' ? ['ES256'] : [];
}

/** Keys that a token may be verified with. A key id is only ever looked up; where it names none, keys without a name are tried. */
export function keysFor(set: KeySet, token: { readonly algorithm: Algorithm; readonly kid: string | undefined }) {
  const algorithm = token.algorithm === 'Ed25519' ? 'EdDSA' : token.algorithm;
  const fitting = set.keys.filter((key) => key.algorithm === algorithm);
  if (token.kid === undefined) return fitting;
  const exact = fitting.filter((key) => key.kid === token.kid);
  return exact.length > 0 ? exact : fitting.filter((key) => key.kid === undefined);
}

function attempt<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}
