import { createPrivateKey, randomUUID, sign } from 'node:crypto';
import type { JsonWebKey } from 'node:crypto';
import type { TokenOptions } from './options.ts';

/** What of a TagService decides what a token must say, as `kubectl get -o json` shows it. */
export interface ServiceView {
  readonly spec: {
    readonly api?: {
      readonly auth?: {
        readonly mode?: string;
        readonly issuer?: string;
        readonly audience?: string;
        readonly tenantClaim?: string;
        readonly jwksUrl?: string;
        readonly keysSecretRef?: object;
      };
    };
  };
}

/** Tokens for this service are made elsewhere, or not needed. */
export class NoTokenToMake extends Error {
  override readonly name = 'NoTokenToMake';
}

export interface Minting {
  readonly options: TokenOptions;
  readonly service: ServiceView;
  /** The value of `signing.jwk` in the Secret: a private Ed25519 JWK. */
  readonly signingJwk: string;
  /** Milliseconds since 1970. */
  readonly nowMs: number;
}

/** A signed token as the API of the service takes it. @throws NoTokenToMake */
export function mintToken({ options, service, signingJwk, nowMs }: Minting): string {
  const auth = authOf(service);
  const self = `${options.namespace}/${options.service}`;
  const second = Math.floor(nowMs / 1000);
  const jwk = JSON.parse(signingJwk) as JsonWebKey & { readonly kid?: string };
  const claims = {
    iss: auth.issuer ?? self,
    aud: auth.audience ?? self,
    sub: options.tenant,
    [auth.tenantClaim ?? 'tenant']: options.tenant,
    scope: options.scopes.join(' '),
    ...(options.priority === undefined ? {} : { class: options.priority }),
    iat: second,
    exp: second + options.seconds,
    jti: randomUUID(),
  };
  const text = `${part({ alg: 'EdDSA', kid: jwk.kid, typ: 'JWT' })}.${part(claims)}`;
  const signature = sign(null, Buffer.from(text), createPrivateKey({ key: jwk, format: 'jwk' }));
  return `${text}.${signature.toString('base64url')}`;
}

const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** The settings of a service whose keys the operator made. @throws NoTokenToMake */
export function authOf({ spec }: ServiceView) {
  const auth = spec.api?.auth ?? {};
  if (auth.mode === 'Anonymous')
    throw new NoTokenToMake('This TagService checks no tokens: spec.api.auth.mode is Anonymous.');
  if (auth.jwksUrl !== undefined || auth.keysSecretRef !== undefined)
    throw new NoTokenToMake('Tokens for this TagService come from the issuer whose keys spec.api.auth names.');
  return auth;
}
