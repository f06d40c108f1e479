import { anonymousHasNoKeys, issuerElsewhereIsNamed, keyAddressIsTrusted, keysHaveOneSource } from '../auth.rules.ts';
import { choice, record, section, text } from '../schema-kit.ts';

const keysSecretRef = record(
  'Secret with the public keys of whoever makes the tokens: a JWKS document, or PEM public keys one after the other. New content is used within seconds, without a restart. While the Secret or its key is missing no pod is started anew, and ApiReady says so.',
  {
    name: text('Name of the Secret, in this namespace.', {
      max: 253,
      pattern: String.raw`^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$`,
    }),
    key: text('Key in the Secret. Default jwks.json.', { max: 253, pattern: '^[-._a-zA-Z0-9]+$' }).default('jwks.json'),
  },
);

export const authSchema = section(
  'Who may use the API. Health, metrics and the OpenAPI document are open in any case.',
  {
    mode: choice(
      'JWT (default): every request needs a bearer token, signed with RS256, PS256, ES256 or EdDSA, that has not expired and has the scope of the route: tags:read, crawl:write, feedback:write or admin. Where neither jwksUrl nor keysSecretRef names keys, the operator makes a key pair in the Secret <name>-api-keys, once, and `npm run token` makes tokens with it. Anonymous: everybody may do everything but administer, and all callers are one tenant.',
      ['JWT', 'Anonymous'],
    ).default('JWT'),
    issuer: text(
      'What `iss` of a token must be. Default: not checked with keysSecretRef, <namespace>/<name> with the key pair of the operator. Required with jwksUrl.',
      { max: 512, pattern: String.raw`^[\x21-\x7e]+$` },
    ).exactOptional(),
    audience: text(
      'What `aud` of a token must name. Default <namespace>/<name>, so that no token for another service is taken. Required with jwksUrl.',
      { max: 512, pattern: String.raw`^[\x21-\x7e]+$` },
    ).exactOptional(),
    tenantClaim: text(
      'Claim that names the tenant: limits are counted for it, and jobs are visible to it alone. Default tenant. A token without it speaks for its `sub`; one without either is refused.',
      { max: 128, pattern: '^[A-Za-z0-9_:./-]+$' },
    ).default('tenant'),
    jwksUrl: text(
      'Address of the keys of the issuer (JWKS): https, or http within the cluster (a host that ends in .svc or .svc.cluster.local). Read every 10 minutes and for key ids that are not known, at most twice a minute; while it cannot be read the last keys count. No redirect is followed.',
      { max: 1_024, pattern: '^https?://[^ ]+$', rules: [keyAddressIsTrusted] },
    ).exactOptional(),
    keysSecretRef: keysSecretRef.exactOptional(),
  },
  { rules: [keysHaveOneSource, anonymousHasNoKeys, issuerElsewhereIsNamed] },
);
