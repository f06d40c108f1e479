import { apiEnvironment as names } from '@tagservice/contracts';
import { ConfigurationError, optionalField, parseEnvironment, textField, variable } from '@tagservice/service-kit';
import type { Environment } from '@tagservice/service-kit';
import { z } from 'zod';
import type { IdentitySettings } from '../identity/identity.ts';

/** Clocks of issuers that keep time by NTP are nearer than this. */
const TOLERANCE_MS = 30_000;

const schema = z.object({
  [names.authMode]: variable(z.enum(['JWT', 'Anonymous'], 'is not a mode').default('JWT'), {
    remedy: 'Set JWT, or Anonymous to let everybody in; unset means JWT.',
  }),
  [names.authIssuer]: optionalField('Set the `iss` that tokens must have, or leave it unset for any.'),
  [names.authAudience]: optionalField('Set the `aud` that tokens must name.'),
  [names.authTenantClaim]: textField('Set the claim that names the tenant; unset means tenant.', 'tenant'),
  [names.authJwksUrl]: variable(z.url({ protocol: /^https?$/, error: 'is not an http(s) URL' }).optional(), {
    remedy: 'Set the address of a JWKS document.',
  }),
  [names.authKeysFile]: optionalField('Set the path of a file with public keys: JWKS or PEM.'),
});

/**
 * Reads how callers are known.
 *
 * @throws ConfigurationError: with mode JWT there must be an audience and one source of keys
 */
export function readIdentitySettings(environment: Environment): IdentitySettings {
  const env = parseEnvironment(schema, environment);
  if (env.API_AUTH_MODE === 'Anonymous') return { mode: 'Anonymous' };
  const { API_AUTH_JWKS_URL: url, API_AUTH_KEYS_FILE: file, API_AUTH_AUDIENCE: audience } = env;
  if (audience === undefined) throw lacking(names.authAudience, 'is needed with mode JWT and not set');
  if (url !== undefined && file !== undefined)
    throw lacking(names.authKeysFile, `is set beside ${names.authJwksUrl}: keys have one source`);
  const keys = url !== undefined ? { url } : file !== undefined ? { file } : undefined;
  if (keys === undefined) throw lacking(names.authKeysFile, `is needed where ${names.authJwksUrl} is not set`);
  const tenantClaim = env.API_AUTH_TENANT_CLAIM;
  return {
    mode: 'JWT',
    rules: { audience, issuer: env.API_AUTH_ISSUER, tenantClaim, toleranceMs: TOLERANCE_MS },
    keys,
  };
}

function lacking(name: string, message: string): ConfigurationError {
  const remedy = `Set it, or ${names.authMode}=Anonymous to let everybody in.`;
  return new ConfigurationError([{ variable: name, message, remedy }]);
}
