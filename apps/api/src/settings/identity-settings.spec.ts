import { describe, expect, it } from 'vitest';
import { readIdentitySettings } from './identity-settings.ts';

const jwt = { API_AUTH_AUDIENCE: 'tags/demo', API_AUTH_KEYS_FILE: '/keys/jwks.json' };

describe('how callers are known', () => {
  it('is by token, unless it is declared otherwise', () => {
    expect(readIdentitySettings(jwt)).toEqual({
      mode: 'JWT',
      rules: { audience: 'tags/demo', issuer: undefined, tenantClaim: 'tenant', toleranceMs: 30_000 },
      keys: { file: '/keys/jwks.json' },
    });
    expect(readIdentitySettings({ API_AUTH_MODE: 'Anonymous' })).toEqual({ mode: 'Anonymous' });
  });

  it('takes issuer, tenant claim and the address of the keys', () => {
    expect(
      readIdentitySettings({
        API_AUTH_AUDIENCE: 'tags/demo',
        API_AUTH_ISSUER: 'https://issuer.example.org',
        API_AUTH_TENANT_CLAIM: 'org_id',
        API_AUTH_JWKS_URL: 'https://issuer.example.org/jwks.json',
      }),
    ).toMatchObject({
      rules: { issuer: 'https://issuer.example.org', tenantClaim: 'org_id' },
      keys: { url: 'https://issuer.example.org/jwks.json' },
    });
  });

  it.each([
    [{}, 'API_AUTH_AUDIENCE'],
    [{ ...jwt, API_AUTH_MODE: 'jwt' }, 'API_AUTH_MODE'],
    [{ ...jwt, API_AUTH_AUDIENCE: '' }, 'API_AUTH_AUDIENCE'],
    [{ API_AUTH_AUDIENCE: 'a' }, 'API_AUTH_KEYS_FILE'],
    [{ ...jwt, API_AUTH_JWKS_URL: 'https://issuer.example.org/jwks.json' }, 'API_AUTH_KEYS_FILE'],
    [{ ...jwt, API_AUTH_KEYS_FILE: '', API_AUTH_JWKS_URL: 'file:///etc/passwd' }, 'API_AUTH_JWKS_URL'],
  ])('refuses %j by name, so that nothing is open by mistake', (environment, name) => {
    expect(() => readIdentitySettings(environment)).toThrow(name);
  });
});
