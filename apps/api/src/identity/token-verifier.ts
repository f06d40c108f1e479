import { hash } from 'node:crypto';
import type { Clock } from '@tagservice/service-kit';
import { decodeProtectedHeader, errors, jwtVerify } from 'jose';
import type { JWTPayload } from 'jose';
import { LRUCache } from 'lru-cache';
import type { Caller } from './caller.ts';
import { callerFrom } from './claims.ts';
import type { KeyKeeper } from './key-keeper.ts';
import { ALGORITHMS, keysFor } from './key-set.ts';
import type { Algorithm, KeySet, VerificationKey } from './key-set.ts';
import { TokenRefused } from './token-refused.error.ts';
import type { Refusal } from './token-refused.error.ts';

/** What a token must say beside being signed by one of the keys. */
export interface TokenRules {
  /** Its `aud` must name this. */
  readonly audience: string;
  /** Its `iss` must be this; undefined where any issuer that has one of the keys will do. */
  readonly issuer: string | undefined;
  /** The claim that names the tenant; `sub` where a token lacks it. */
  readonly tenantClaim: string;
  /** How far the issuer's clock may be from ours. */
  readonly toleranceMs: number;
}

export interface TokenVerifierOptions {
  readonly keys: KeyKeeper;
  readonly rules: TokenRules;
  readonly clock: Pick<Clock, 'now'>;
}

/** Header sections are at most 16 KiB; no token of ours needs half of it. */
const MOST_CHARACTERS = 8_192;
/** Verified tokens that are remembered: a signature costs fifty times as much as an answer from memory. */
const REMEMBERED = 10_000;
/** Of keys that could fit a token without a key id, so many are tried. */
const MOST_TRIES = 4;
const TYPES = new Set(['jwt', 'application/jwt', 'at+jwt', 'application/at+jwt']);

interface Verified {
  readonly caller: Caller;
  readonly expiresAtMs: number;
  readonly keys: number;
}

interface Header {
  readonly algorithm: Algorithm;
  readonly kid: string | undefined;
}

/** Turns tokens into callers. A token is remembered by its hash until it expires or the keys change. */
export class TokenVerifier {
  private readonly known = new LRUCache<string, Verified>({ max: REMEMBERED });

  constructor(private readonly options: TokenVerifierOptions) {}

  /** The caller, at once where the token was verified before. @throws TokenRefused, KeysUnavailable (or rejects with them) */
  verify(token: string): Caller | Promise<Caller> {
    if (token.length > MOST_CHARACTERS) throw new TokenRefused('size');
    const { keys, clock, rules } = this.options;
    keys.refreshIfDue();
    const fingerprint = hash('sha256', token, 'base64');
    const known = this.known.get(fingerprint);
    if (known?.keys !== keys.version) return this.verifyAnew(token, fingerprint);
    if (clock.now() >= known.expiresAtMs + rules.toleranceMs) throw new TokenRefused('expired');
    return known.caller;
  }

  private async verifyAnew(token: string, fingerprint: string): Promise<Caller> {
    const header = readHeader(token);
    const { keys } = this.options;
    const set = await keys.keys();
    // Of the set that verified it: a set that comes meanwhile ends the memory of what is verified now.
    let version = keys.version;
    let candidates = keysFor(set, header);
    if (candidates.length === 0) {
      const renewed: KeySet = await keys.renewed();
      version = keys.version;
      candidates = keysFor(renewed, header);
    }
    const payload = await this.check(token, header, candidates);
    const caller = callerFrom(payload, this.options.rules.tenantClaim);
    this.known.set(fingerprint, { caller, expiresAtMs: (payload.exp ?? 0) * 1000, keys: version });
    return caller;
  }

  private async check(token: string, header: Header, candidates: readonly VerificationKey[]): Promise<JWTPayload> {
    const { rules, clock } = this.options;
    const options = {
      algorithms: [header.algorithm],
      audience: rules.audience,
      ...(rules.issuer === undefined ? {} : { issuer: rules.issuer }),
      requiredClaims: ['exp'],
      clockTolerance: rules.toleranceMs / 1000,
      currentDate: new Date(clock.now()),
    };
    let refused = new TokenRefused('key');
    for (const { key } of candidates.slice(0, MOST_TRIES)) {
      try {
        return (await jwtVerify(token, key, options)).payload;
      } catch (error) {
        refused = new TokenRefused(refusalOf(error));
        if (refused.reason !== 'signature') break;
      }
    }
    throw refused;
  }
}

/** Only `alg`, `kid`, `typ` and `crit` are read: a token never says where its key is (`jwk`, `jku`, `x5u`, `x5c`). */
function readHeader(token: string): Header {
  const { alg, kid, typ, crit } = decode(token);
  const algorithm = ALGORITHMS.find((accepted) => accepted === alg);
  if (algorithm === undefined) throw new TokenRefused('algorithm');
  if (crit !== undefined) throw new TokenRefused('critical');
  if (typ !== undefined && !(typeof typ === 'string' && TYPES.has(typ.toLowerCase()))) throw new TokenRefused('type');
  if (kid !== undefined && typeof kid !== 'string') throw new TokenRefused('malformed');
  return { algorithm, kid };
}

function decode(token: string): Readonly<Record<string, unknown>> {
  if (!/^[\w-]+\.[\w-]+\.[\w-]*$/.test(token)) throw new TokenRefused('malformed');
  try {
    return { ...decodeProtectedHeader(token) };
  } catch {
    throw new TokenRefused('malformed');
  }
}

const claimRefusals: Readonly<Record<string, Refusal>> = { nbf: 'early', aud: 'audience', iss: 'issuer' };

function refusalOf(error: unknown): Refusal {
  if (error instanceof errors.JWTExpired) return 'expired';
  if (error instanceof errors.JWSSignatureVerificationFailed) return 'signature';
  if (error instanceof errors.JWTClaimValidationFailed) return claimRefusals[error.claim] ?? 'claims';
  return 'malformed';
}
